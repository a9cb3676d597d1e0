// A few worker threads and the queue in front of them. Has a life: close it when the step ends.
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { BLOCK_BYTES, BLOCK_DIGEST_BYTES, createBlockDifferences, WHOLE_CHUNK } from '../../imaging/block-differences.ts'
import { createChunkDigester, DIGEST_BYTES, SECTION_BYTES } from '../../imaging/chunk-digest.ts'
import { createBlockMover } from '../../imaging/composition.ts'
import { createCompressor, createExpander } from '../../imaging/zstd-rooms.ts'
import type { ChunkReply, ChunkResult, ChunkTask } from './chunk-task.ts'
import { chunkWorkerMain } from './chunk-worker.ts'
import { createDiskRanges } from './disk-ranges.ts'
import { createSectionRanges } from './section-ranges.ts'
import { newSlots } from './slots.ts'

/** What the thread's function is given, each as text: numbers, and functions that use nothing outside of themselves. */
const OUTSIDE = {
  SECTION_BYTES,
  DIGEST_BYTES,
  BLOCK_BYTES,
  BLOCK_DIGEST_BYTES,
  WHOLE_CHUNK,
  createBlockDifferences,
  createBlockMover,
  createChunkDigester,
  createExpander,
  createCompressor,
  createDiskRanges,
  createSectionRanges,
  newSlots,
}
const OUTSIDE_TEXT = Object.entries(OUTSIDE).map(([name, made]) => `${name}: ${made}`)
const WORKER_TEXT = `(${chunkWorkerMain})({ ${OUTSIDE_TEXT.join(', ')} })`

type ResultOf<K extends ChunkTask['kind']> = Extract<ChunkResult, { kind: K }>

export interface ThreadTime {
  readonly threads: number
  readonly diskMs: number
  readonly processorMs: number
}

interface Waiting {
  readonly task: ChunkTask
  readonly resolve: (result: ChunkResult) => void
  readonly reject: (error: Error) => void
}

/** What the system said no to: EIO, ENOSPC … */
export class ChunkTaskFailed extends Error {
  override readonly name = 'ChunkTaskFailed'
  readonly code: string | undefined

  constructor(code: string | undefined, message: string) {
    super(message)
    this.code = code
  }
}

export class ChunkWorkers {
  readonly #all: Worker[] = []
  readonly #idle: Worker[] = []
  readonly #queue: Waiting[] = []
  readonly #running = new Map<Worker, Waiting>()
  readonly #starting = new Set<Worker>()
  readonly #threads: number
  #diskMs = 0
  #processorMs = 0

  /** One more than cores: a thread that waits for the disk leaves its core to another. */
  constructor(count = Math.min(16, availableParallelism() + 1)) {
    this.#threads = count
    for (let index = 0; index < count; index++) this.#start()
  }

  /** Tasks start in the order given. Rejects with ChunkTaskFailed. */
  async run<K extends ChunkTask['kind']>(task: Extract<ChunkTask, { kind: K }>): Promise<ResultOf<K>> {
    const result = await new Promise<ChunkResult>((resolve, reject) => {
      this.#queue.push({ task, resolve, reject })
      if (this.#all.length === 0) this.#rejectQueue()
      else this.#dispatch()
    })
    if (result.kind === 'failed') throw new ChunkTaskFailed(result.code, result.message)
    return result as ResultOf<K>
  }

  /** What all threads together did since they were started. */
  get spent(): ThreadTime {
    return { threads: this.#threads, diskMs: this.#diskMs, processorMs: this.#processorMs }
  }

  /** Ends the threads after what they do now; what still waits is rejected. */
  async close(): Promise<void> {
    this.#rejectQueue()
    await Promise.all(
      [...this.#all].map(async (worker) => {
        await this.#quiet(worker)
        await worker.terminate()
      }),
    )
  }

  #rejectQueue(): void {
    for (const { reject } of this.#queue.splice(0)) reject(new Error('the chunk workers have ended'))
  }

  /** A thread that is ended while it makes a stream of zstd takes the whole process with it (Node 24: "close before init"). */
  async #quiet(worker: Worker): Promise<void> {
    while (this.#starting.has(worker) || this.#running.has(worker)) {
      await Promise.race([once(worker, 'message'), once(worker, 'exit')]).catch(() => undefined)
    }
  }

  #start(): void {
    const worker = new Worker(WORKER_TEXT, { eval: true })
    this.#starting.add(worker)
    worker.on('message', (message: ChunkReply | 'ready') => {
      this.#starting.delete(worker)
      if (message === 'ready') return
      const { result, diskMs, processorMs } = message
      this.#diskMs += diskMs
      this.#processorMs += processorMs
      const waiting = this.#running.get(worker)
      this.#running.delete(worker)
      this.#idle.push(worker)
      waiting?.resolve(result)
      this.#dispatch()
    })
    worker.on('error', (error) => this.#running.get(worker)?.reject(error instanceof Error ? error : new Error(String(error))))
    worker.on('exit', () => {
      this.#running.get(worker)?.reject(new Error('a chunk worker ended'))
      this.#running.delete(worker)
      this.#starting.delete(worker)
      // A task that one of them is given is never answered.
      for (const list of [this.#idle, this.#all]) if (list.includes(worker)) list.splice(list.indexOf(worker), 1)
      if (this.#all.length === 0) this.#rejectQueue()
    })
    this.#all.push(worker)
    this.#idle.push(worker)
  }

  #dispatch(): void {
    while (this.#queue.length > 0 && this.#idle.length > 0) {
      const worker = this.#idle.pop()!
      const waiting = this.#queue.shift()!
      this.#running.set(worker, waiting)
      worker.postMessage(waiting.task)
    }
  }
}
