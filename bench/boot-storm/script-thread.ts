// A thread that fetches the boot scripts of all simulated machines and takes the time. A thread of its own, because the one that plays five
// hundred machines is too busy with their packets to measure anything.
import { parentPort, Worker } from 'node:worker_threads'
import { type FetchedScript, fetchScript } from '../rig/fetch-script.ts'

interface Wish {
  readonly number: number
  readonly url: string
  readonly localAddress: string
}

type Outcome = { readonly number: number } & ({ readonly script: FetchedScript } | { readonly failure: string })

parentPort?.on('message', ({ number, url, localAddress }: Wish) => {
  const tell = (outcome: Outcome) => parentPort!.postMessage(outcome)
  fetchScript(url, localAddress).then(
    (script) => tell({ number, script }),
    (error: Error) => tell({ number, failure: error.message }),
  )
})

/** The thread, seen from the one that plays the machines. */
export class ScriptThread {
  readonly #worker = new Worker(new URL(import.meta.url))
  readonly #waiting = new Map<number, (outcome: Outcome) => void>()
  #next = 0

  constructor() {
    this.#worker.on('message', (outcome: Outcome) => {
      this.#waiting.get(outcome.number)?.(outcome)
      this.#waiting.delete(outcome.number)
    })
  }

  async fetch(url: string, localAddress: string): Promise<FetchedScript> {
    const number = this.#next++
    const outcome = await new Promise<Outcome>((told) => {
      this.#waiting.set(number, told)
      this.#worker.postMessage({ number, url, localAddress } satisfies Wish)
    })
    if ('failure' in outcome) throw new Error(outcome.failure)
    return outcome.script
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}
