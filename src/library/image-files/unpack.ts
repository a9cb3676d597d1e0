// Runs 7-Zip on a filesystem of a version, in a thread of its own, and gives what it writes. Starts threads; reads the store.
import { Worker } from 'node:worker_threads'
import { AppError } from '../../contract/errors.ts'
import { type DiskReader, readRange } from '../image/disk-bytes.ts'
import { HEAD_BYTES, type UnpackMessage, type UnpackOrder, VOLUME } from './unpack-worker.ts'

/** What one question of the thread may ask for. */
const ANSWER_BYTES = 1024 * 1024
/** A filesystem made to be read for ever is read no longer than this without a word. */
const SILENT_MS = 120_000
const WORKER_MEMORY_MIB = 256
/** Exit codes: 1, something about the filesystem is odd, but what was asked for came. */
const GOOD_ENOUGH = [0, 1]

/** Part of a disk. */
export interface Volume {
  readonly reader: DiskReader
  readonly startBytes: number
  readonly sizeBytes: number
}

export const LIST = (type: string): string[] => ['l', '-slt', '-ba', '-bsp0', `-t${type}`, VOLUME]
/** By its exact name: no character of it is a pattern. */
export const EXTRACT = (type: string, path: string): string[] => ['e', '-so', '-spd', '-bsp0', `-t${type}`, `-i!${path}`, VOLUME]

/** What it writes to standard output. Throws IMAGE_FILESYSTEM_UNREAD when it cannot, and what the store throws. */
export async function* unpack(volume: Volume, words: readonly string[], signal: AbortSignal): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted()
  const shared = new SharedArrayBuffer(HEAD_BYTES + ANSWER_BYTES)
  const order: UnpackOrder = { sizeBytes: volume.sizeBytes, words, shared }
  const worker = new Worker(new URL('./unpack-worker.ts', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: WORKER_MEMORY_MIB },
    env: {},
    stdout: true,
    stderr: true,
  })
  const inbox = new Inbox(worker, signal)
  const [state, answer] = [new Int32Array(shared, 0, 2), new Uint8Array(shared, HEAD_BYTES)]
  const reply = (count: number) => {
    Atomics.store(state, 1, count)
    Atomics.store(state, 0, 1)
    Atomics.notify(state, 0)
  }
  try {
    for (;;) {
      const message = await inbox.next()
      switch (message.kind) {
        case 'read':
          reply(await fill(answer, volume, message))
          break
        case 'output':
          yield message.bytes
          reply(0)
          break
        case 'end':
          if (!GOOD_ENOUGH.includes(message.exitCode)) throw unread(message.said)
          return
      }
    }
  } finally {
    inbox.close()
    await worker.terminate()
  }
}

async function fill(
  answer: Uint8Array,
  { reader, startBytes, sizeBytes }: Volume,
  read: { at: number; sizeBytes: number },
): Promise<number> {
  const from = startBytes + read.at
  const to = Math.min(from + Math.min(read.sizeBytes, answer.length), startBytes + sizeBytes)
  let count = 0
  for await (const piece of readRange(reader, { from, to })) {
    answer.set(piece, count)
    count += piece.length
  }
  return count
}

/** The thread's messages, one after the other; its fault, its silence and the signal are failures. */
class Inbox {
  readonly #waiting: UnpackMessage[] = []
  readonly #signal: AbortSignal
  readonly #aborted: () => void
  #failure: Error | undefined
  #wake: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(worker: Worker, signal: AbortSignal) {
    this.#signal = signal
    this.#aborted = () => this.#fail(signal.reason instanceof Error ? signal.reason : new Error('it is not wanted any more'))
    signal.addEventListener('abort', this.#aborted, { once: true })
    worker.on('message', (message: UnpackMessage) => {
      this.#waiting.push(message)
      this.#wake?.()
    })
    worker.on('error', (error) => this.#fail(unread(String(error))))
    worker.on('exit', () => this.#fail(unread('it ended without a word')))
  }

  async next(): Promise<UnpackMessage> {
    this.#timer = setTimeout(() => this.#fail(unread(`it said nothing for ${SILENT_MS / 1000} s`)), SILENT_MS)
    try {
      while (this.#waiting.length === 0) {
        if (this.#failure !== undefined) throw this.#failure
        await new Promise<void>((wake) => {
          this.#wake = wake
        })
      }
      return this.#waiting.shift()!
    } finally {
      clearTimeout(this.#timer)
    }
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#aborted)
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#wake?.()
  }
}

function unread(said: string): AppError {
  const words = said
    .trim()
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-3)
    .join('; ')
  return new AppError(
    'IMAGE_FILESYSTEM_UNREAD',
    `the filesystem cannot be read: ${words || 'no reason was given'}`,
    'Read it with another program: `platen image nbd` offers the disk to any that speaks NBD.',
  )
}
