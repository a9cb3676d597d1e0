// A thread that asks an appliance twenty times a second what a machine boots, and as often for an address by DHCP, until it is told to stop;
// then it tells how long each took. A thread of its own, because the one that plays five thousand machines is too busy to measure
// anything else.
import { setTimeout } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { macOfNode, Relay } from '../boot-answer/machines.ts'
import { HttpConnection } from './http-connection.ts'

export interface AskedTimes {
  readonly bootMs: readonly number[]
  readonly offerMs: readonly number[]
}

const { url, dhcpPort } = workerData as { readonly url: string; readonly dhcpPort: number }
const bootMs: number[] = []
const offerMs: number[] = []
let isOver = false
parentPort!.once('message', () => {
  isOver = true
})
const connection = await HttpConnection.open(url, 'none')
const relay = await Relay.open(dhcpPort)
while (!isOver) {
  const startedAt = performance.now()
  await connection.post('/boot', {})
  bootMs.push(performance.now() - startedAt)
  await setTimeout(25)
  offerMs.push(await relay.askForOffer(macOfNode(1)))
  await setTimeout(25)
}
connection.close()
relay[Symbol.dispose]()
parentPort!.postMessage({ bootMs, offerMs } satisfies AskedTimes)
