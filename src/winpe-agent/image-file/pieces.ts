// Streams of bytes as pieces of any length: read in amounts that a format asks for, looked at before they are read. Touches what it is given.
import type { FileHandle } from 'node:fs/promises'
import { readAt } from '../imaging/open-disk.ts'

export type Pieces = AsyncIterable<Buffer>

const READ_BYTES = 1024 * 1024

/** A stretch of a file; all of it when no length is given. */
export async function* piecesOf(file: FileHandle, from = 0, length = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
  for (let read = 0; read < length; ) {
    const piece = await readAt(file, from + read, Math.min(READ_BYTES, length - read))
    if (piece.length === 0) return
    read += piece.length
    yield piece
  }
}

/** What bytes hold is taken as it comes: an announced length that no bytes follow costs nothing. */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer>
  #held: Buffer[] = []
  #heldBytes = 0

  constructor(source: Pieces) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** So many bytes; fewer only at the end of the stream. */
  async read(length: number): Promise<Buffer> {
    const bytes = await this.#fill(length)
    this.#hold(bytes.subarray(length))
    return bytes.subarray(0, length)
  }

  /** The same bytes come again with the next read. */
  async peek(length: number): Promise<Buffer> {
    return (await this.#fill(length)).subarray(0, length)
  }

  /** What has not been read. */
  async *rest(): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const piece = await this.#fill(1)
        if (piece.length === 0) return
        this.#hold(piece.subarray(piece.length))
        yield piece
      }
    } finally {
      await this.end()
    }
  }

  /** Nothing more is wanted: whatever gives the pieces may stop. */
  async end(): Promise<void> {
    await this.#source.return?.()
  }

  /** All that is held, in one piece: so many bytes or more, fewer only at the end of the stream. */
  async #fill(length: number): Promise<Buffer> {
    while (this.#heldBytes < length) {
      const { done, value } = await this.#source.next()
      if (done === true) break
      this.#held.push(value)
      this.#heldBytes += value.length
    }
    const bytes = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held)
    this.#hold(bytes)
    return bytes
  }

  #hold(bytes: Buffer): void {
    this.#held = bytes.length === 0 ? [] : [bytes]
    this.#heldBytes = bytes.length
  }
}
