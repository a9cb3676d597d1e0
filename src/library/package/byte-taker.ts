// So many bytes of a stream at a time, in order. Holds one piece of the stream, whatever is asked.
import type { Readable } from 'node:stream'

export class ByteTaker {
  readonly #pieces: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(source: Readable) {
    this.#pieces = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  /** Exactly so many; fewer only at the end of the stream. Ask for no more than there is memory for. */
  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = []
    for (let left = length; left > 0; ) {
      if (this.#rest.length === 0) {
        const { done, value } = await this.#pieces.next()
        if (done === true) break
        this.#rest = Buffer.from(value)
        continue
      }
      const part = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(part.length)
      parts.push(part)
      left -= part.length
    }
    const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
    return bytes
  }

  /** The next so many bytes, which are still to be taken. */
  async peek(length: number): Promise<Buffer> {
    const bytes = await this.take(length)
    this.#rest = Buffer.concat([bytes, this.#rest])
    return bytes
  }

  /** All that was not taken yet, piece by piece. */
  async *rest(): AsyncGenerator<Buffer> {
    if (this.#rest.length > 0) yield this.#rest
    this.#rest = Buffer.alloc(0)
    for (let next = await this.#pieces.next(); next.done !== true; next = await this.#pieces.next()) yield next.value
  }
}
