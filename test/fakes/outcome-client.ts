// An appliance that serves the files of a run, keeps what is sent, and answers outcomes as a test says. For tests of steps.
import { networkTestBlock, networkTestReader } from '../../src/contract/network-test.ts'
import type { OutcomeAnswer, OutcomeReport } from '../../src/contract/outcome.ts'
import type { FileRef } from '../../src/contract/steps.ts'
import { digestOfBytes } from '../../src/imaging/wipe-samples.ts'
import type { OrchestratorClient } from '../../src/winpe-agent/orchestrator-client.ts'

export class OutcomeClient implements OrchestratorClient {
  readonly applianceUrl = 'http://appliance.invalid'
  readonly authorization = 'Bearer none'
  readonly #served = new Map<string, Buffer>()
  /** Files of the job, by name. */
  readonly kept = new Map<string, string>()
  readonly shown: OutcomeReport[] = []
  judge: (report: OutcomeReport) => OutcomeAnswer = () => ({ isProven: true, lines: [] })
  /** What becomes of bytes on the way down. */
  disturb: (part: Uint8Array) => Uint8Array = (part) => part

  serve(path: string, content: string): FileRef {
    const bytes = Buffer.from(content)
    const digest = digestOfBytes(bytes)
    this.#served.set(digest, bytes)
    return { path, digest, sizeBytes: bytes.length }
  }

  async download(path: string): Promise<ReadableStream<Uint8Array>> {
    if (path.startsWith('/network-test'))
      return ReadableStream.from([this.disturb(networkTestBlock())]) as ReadableStream<Uint8Array>
    const bytes = this.#served.get(path.split('/run-files/')[1] ?? '')
    if (bytes === undefined) throw new Error(`unexpected download of ${path}`)
    return new Blob([new Uint8Array(bytes)]).stream()
  }

  async post(path: string, body: unknown): Promise<never> {
    if (!path.endsWith('/outcome')) throw new Error(`unexpected post to ${path}`)
    this.shown.push(body as OutcomeReport)
    return this.judge(body as OutcomeReport) as unknown as never
  }

  async exchange(path: string, _type: string, parts: readonly Uint8Array[]): Promise<AsyncIterable<Uint8Array>> {
    const [, name] = /\/files\/([^?]+)/.exec(path) ?? []
    const reader = networkTestReader()
    for (const part of parts) reader.add(part)
    if (name !== undefined) this.kept.set(name, Buffer.concat(parts).toString())
    return ReadableStream.from([Buffer.from(JSON.stringify(reader.result()))])
  }
}
