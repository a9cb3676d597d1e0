// A thread that asks an appliance twenty times a second what a machine boots, until it is told to stop; then it tells how long each took.
// A thread of its own, because the one that plays five thousand machines is too busy to measure anything else.
import { setTimeout } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { HttpConnection } from './http-connection.ts'

const times: number[] = []
let isOver = false
parentPort!.once('message', () => {
  isOver = true
})
const connection = await HttpConnection.open(workerData as string, 'none')
while (!isOver) {
  const startedAt = performance.now()
  await connection.post('/boot', {})
  times.push(performance.now() - startedAt)
  await setTimeout(50)
}
connection.close()
parentPort!.postMessage(times)
