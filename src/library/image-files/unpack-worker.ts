// A thread in which 7-Zip, compiled to WebAssembly, reads one filesystem. What a hostile filesystem does to it stays in there: it has no files, no
// network and no memory but its own, asks for bytes by number, and gives bytes.
import { parentPort, workerData } from 'node:worker_threads'
import { startSevenZip } from './seven-zip.ts'

export interface UnpackOrder {
  /** Of the filesystem, which 7-Zip sees as one file. */
  readonly sizeBytes: number
  /** Behind the name of the program; VOLUME stands for the filesystem. */
  readonly words: readonly string[]
  /** Two numbers (0 while it waits, then how many bytes there are), then room for an answer. */
  readonly shared: SharedArrayBuffer
}

export type UnpackMessage =
  | { readonly kind: 'read'; readonly at: number; readonly sizeBytes: number }
  | { readonly kind: 'output'; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly exitCode: number; readonly said: string }

export const VOLUME = '/volume/filesystem'
/** In front of the answer. */
export const HEAD_BYTES = 8
const MAX_MEMORY_BYTES = 512 * 1024 * 1024
const OUTPUT_BYTES = 256 * 1024
const SAID_CHARACTERS = 2000

async function run({ sizeBytes, words, shared }: UnpackOrder, tell: (message: UnpackMessage) => void): Promise<void> {
  limitMemory()
  const [state, answer] = [new Int32Array(shared, 0, 2), new Uint8Array(shared, HEAD_BYTES)]
  /** The other side answers into the shared memory, and this thread sleeps until then. */
  const ask = (message: UnpackMessage): number => {
    Atomics.store(state, 0, 0)
    tell(message)
    Atomics.wait(state, 0, 0)
    return Atomics.load(state, 1)
  }
  let said = ''
  const program = await startSevenZip({
    print: () => {},
    printErr: (line) => {
      said = `${said}${line}\n`.slice(-SAID_CHARACTERS)
    },
  })
  const { FS } = program
  FS.mkdir('/volume')
  const file = FS.createFile('/volume', 'filesystem', {}, true, false)
  Object.defineProperty(file, 'usedBytes', { get: () => sizeBytes })
  const time = new Date(0)
  const facts = { dev: 1, ino: 1, mode: file.mode, nlink: 1, uid: 0, gid: 0, rdev: 0, atime: time, mtime: time, ctime: time }
  file.node_ops = {
    ...file.node_ops,
    getattr: () => ({ ...facts, size: sizeBytes, blksize: 4096, blocks: Math.ceil(sizeBytes / 4096) }),
  }
  file.stream_ops = {
    llseek: (stream, offset, whence) => offset + (whence === 1 ? stream.position : whence === 2 ? sizeBytes : 0),
    read(_stream, buffer, offset, length, at) {
      const wanted = Math.min(length, answer.length, Math.max(0, sizeBytes - at))
      if (wanted === 0) return 0
      const count = ask({ kind: 'read', at, sizeBytes: wanted })
      buffer.set(answer.subarray(0, count), offset)
      return count
    },
  }
  const output = new Output((bytes) => ask({ kind: 'output', bytes }))
  FS.getStream(1).stream_ops = {
    write(_stream, buffer, offset, length) {
      // A part of its own memory, which it writes to again at once.
      output.add(new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length).slice())
      return length
    },
  }
  let exitCode = 0
  try {
    exitCode = Number(program.callMain([...words]) ?? 0)
  } catch (error) {
    // Its own end is an exception as well; anything else is a fault inside.
    const status = (error as { status?: unknown } | undefined)?.status
    exitCode = typeof status === 'number' ? status : 255
    if (typeof status !== 'number') said += String(error)
  }
  output.flush()
  tell({ kind: 'end', exitCode, said })
}

/** It writes a word at a time. */
class Output {
  readonly #send: (bytes: Uint8Array) => void
  readonly #parts: Uint8Array[] = []
  #sizeBytes = 0

  constructor(send: (bytes: Uint8Array) => void) {
    this.#send = send
  }

  add(bytes: Uint8Array): void {
    this.#parts.push(bytes)
    this.#sizeBytes += bytes.length
    if (this.#sizeBytes >= OUTPUT_BYTES) this.flush()
  }

  flush(): void {
    if (this.#sizeBytes === 0) return
    this.#send(Buffer.concat(this.#parts.splice(0)))
    this.#sizeBytes = 0
  }
}

/** What of WebAssembly is used here; the types of Node do not have it. */
interface MemoryClass {
  readonly prototype: { readonly buffer: ArrayBuffer; grow(pages: number): number }
}

/** A program in WebAssembly grows by this one call; one that is refused says that it has no memory, and ends. */
function limitMemory(): void {
  const { prototype } = (globalThis as unknown as { WebAssembly: { Memory: MemoryClass } }).WebAssembly.Memory
  const { grow } = prototype
  prototype.grow = function (pages) {
    if (this.buffer.byteLength + pages * 65_536 > MAX_MEMORY_BYTES) throw new RangeError('no more memory')
    return grow.call(this, pages)
  }
}

const port = parentPort
if (port !== null) await run(workerData as UnpackOrder, (message) => port.postMessage(message))
