// The threads of the chunk store and the queue in front of them. They do not keep the process alive.
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { StoreResult, StoreTask } from './store-worker.ts'

interface Waiting {
  readonly task: StoreTask
  readonly resolve: (result: StoreResult) => void
  readonly reject: (error: Error) => void
}

export class StoreWorkers {
  readonly #idle: Worker[] = []
  readonly #queue: Waiting[] = []
  readonly #running = new Map<Worker, Waiting>()
  readonly #most: number
  #started = 0

  /** Threads start when they are first needed: an appliance that only serves has none. */
  constructor(most = Math.min(8, availableParallelism() + 1)) {
    this.#most = most
  }

  run(task: StoreTask): Promise<StoreResult> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ task, resolve, reject })
      this.#dispatch()
    })
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const worker = this.#idle.pop() ?? this.#start()
      if (worker === undefined) return
      const waiting = this.#queue.shift()!
      this.#running.set(worker, waiting)
      worker.ref()
      worker.postMessage(waiting.task, transferOf(waiting.task))
    }
  }

  #start(): Worker | undefined {
    if (this.#started >= this.#most) return undefined
    this.#started++
    const worker = new Worker(new URL('./store-worker.ts', import.meta.url))
    worker.unref()
    worker.on('message', (result: StoreResult) => {
      this.#take(worker)?.resolve(result)
      worker.unref()
      this.#idle.push(worker)
      this.#dispatch()
    })
    worker.on('error', (error) => {
      this.#started--
      this.#take(worker)?.reject(error instanceof Error ? error : new Error(String(error)))
      this.#dispatch()
    })
    return worker
  }

  #take(worker: Worker): Waiting | undefined {
    const waiting = this.#running.get(worker)
    this.#running.delete(worker)
    return waiting
  }
}

/** Bytes that have their memory for themselves go over without a copy; a view of something larger is copied. */
function transferOf(task: StoreTask): ArrayBuffer[] {
  if (task.kind !== 'write') return []
  const { buffer, byteLength } = task.bytes
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []
}
