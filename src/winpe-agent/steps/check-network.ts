// How fast bytes come from the appliance and go to it. Touches the network.
import { Value } from 'typebox/value'
import type { NetworkMeasures } from '../../contract/hardware.ts'
import {
  NETWORK_TEST_MOST_BYTES,
  NETWORK_TEST_MOST_UP_BYTES,
  NetworkTestAnswer,
  networkTestBlock,
  networkTestReader,
} from '../../contract/network-test.ts'
import type { StepContext } from '../performer.ts'

export interface NetworkTest {
  readonly seconds: number
  tell(percent: number): void
  /** Monotonic. */
  nowMs(): number
}

export async function testNetwork(
  { seconds, tell, nowMs }: NetworkTest,
  { client, signal }: Pick<StepContext, 'client' | 'signal'>,
): Promise<NetworkMeasures> {
  const block = networkTestBlock()
  let isDamaged = false

  async function down(): Promise<{ bytes: number; seconds: number }> {
    const startMs = nowMs()
    const isOver = () => nowMs() - startMs >= seconds * 1000
    let bytes = 0
    while (!isOver()) {
      const reader = networkTestReader(block)
      for await (const part of await client.download(`/network-test?bytes=${NETWORK_TEST_MOST_BYTES}`, signal)) {
        reader.add(part)
        if (isOver()) break
        tell((50 * (nowMs() - startMs)) / (seconds * 1000))
      }
      bytes += reader.result().bytes
      isDamaged ||= reader.result().isDamaged
    }
    return { bytes, seconds: (nowMs() - startMs) / 1000 }
  }

  async function up(): Promise<{ bytes: number; seconds: number }> {
    const parts = Array.from({ length: NETWORK_TEST_MOST_UP_BYTES / block.length }, () => block)
    const startMs = nowMs()
    let bytes = 0
    while (nowMs() - startMs < seconds * 1000) {
      const answer = await textOf(await client.exchange('/network-test', 'application/octet-stream', parts, signal))
      const took = Value.Parse(NetworkTestAnswer, JSON.parse(answer))
      bytes += took.bytes
      isDamaged ||= took.isDamaged || took.bytes !== NETWORK_TEST_MOST_UP_BYTES
      tell(50 + (50 * (nowMs() - startMs)) / (seconds * 1000))
    }
    return { bytes, seconds: (nowMs() - startMs) / 1000 }
  }

  const came = await down()
  const went = await up()
  return {
    item: 'network',
    downBytes: came.bytes,
    downSeconds: came.seconds,
    upBytes: went.bytes,
    upSeconds: went.seconds,
    isDamaged,
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of body) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}
