// The bytes of a file that is being served, whole in the end: the first client begins while the rest is still being read. Reads files.
import { Buffer } from 'node:buffer'
import { type FileHandle, open } from 'node:fs/promises'

const PART_BYTES = 1024 * 1024

interface Waiter {
  readonly upTo: number
  readonly go: () => void
  readonly fail: (reason: Error) => void
}

export class FileContent {
  readonly bytes: Uint8Array
  #readBytes: number
  #failure: Error | undefined
  #waiters: Waiter[] = []

  private constructor(bytes: Uint8Array, readBytes: number) {
    this.bytes = bytes
    this.#readBytes = readBytes
  }

  /** There at once: what was made on the spot. */
  static whole(bytes: Uint8Array): FileContent {
    return new FileContent(bytes, bytes.length)
  }

  /** Begins to read. onFailure is told once, when not all of it can be read. */
  static async read(path: string, sizeBytes: number, onFailure: () => void): Promise<FileContent> {
    const file = await open(path)
    const content = new FileContent(Buffer.allocUnsafeSlow(sizeBytes), 0)
    void content.#readAll(file).then(
      () => file.close(),
      async (error: Error) => {
        content.#fail(error)
        onFailure()
        await file.close()
      },
    )
    return content
  }

  /** Whether all bytes before this position are there. */
  isThere(upTo: number): boolean {
    return this.#readBytes >= Math.min(upTo, this.bytes.length)
  }

  /** Fails when they never will be. */
  whenThere(upTo: number): Promise<void> {
    if (this.isThere(upTo)) return Promise.resolve()
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((go, fail) => {
      this.#waiters.push({ upTo, go, fail })
    })
  }

  async #readAll(file: FileHandle): Promise<void> {
    while (this.#readBytes < this.bytes.length) {
      const wanted = Math.min(PART_BYTES, this.bytes.length - this.#readBytes)
      const { bytesRead } = await file.read(this.bytes, this.#readBytes, wanted, this.#readBytes)
      if (bytesRead === 0) throw new Error(`the file ended after ${this.#readBytes} of ${this.bytes.length} bytes`)
      this.#readBytes += bytesRead
      this.#wake()
    }
  }

  #wake(): void {
    if (this.#waiters.length === 0) return
    const ready = this.#waiters.filter(({ upTo }) => this.isThere(upTo))
    this.#waiters = this.#waiters.filter(({ upTo }) => !this.isThere(upTo))
    for (const { go } of ready) go()
  }

  #fail(reason: Error): void {
    this.#failure = reason
    const waiters = this.#waiters
    this.#waiters = []
    for (const { fail } of waiters) fail(reason)
  }
}
