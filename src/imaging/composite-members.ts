// The file of a composite bundle, piece by piece: a tar archive with exactly one spelling. Every header and every byte of padding is what the
// writer would have written, so a byte that was changed anywhere is found, and any tar program takes the file apart. Pure.
import { AppError } from '../contract/errors.ts'
import { signedDigest } from './minisign.ts'
import { encodeTarHeader, paddingAfter, TAR_BLOCK_BYTES, TAR_END } from './tar-entries.ts'

const PIECE_BYTES = 1024 * 1024
/** Larger ones have two blocks more in front (POSIX.1-2001). */
const MOST_USTAR_BYTES = 8 ** 11 - 1

export interface Piece {
  readonly name: string
  readonly sizeBytes: number
}

export function* memberOf(name: string, bytes: Uint8Array): Generator<Uint8Array> {
  yield encodeTarHeader(name, bytes.length)
  yield bytes
  yield paddingAfter(bytes.length)
}

/** Reads what memberOf wrote, in the order in which it was written. */
export class MemberReader {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #digest = signedDigest()
  #rest: Uint8Array = new Uint8Array(0)

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Over all that was read until now. */
  digestSoFar(): Buffer {
    return this.#digest.copy().digest()
  }

  /** The whole member, which must be the next one. Throws BUNDLE_INVALID. */
  async take(name: string, mostBytes: number): Promise<Buffer> {
    const sizeBytes = await this.#header(name)
    if (sizeBytes > mostBytes) throw bundleInvalid(`${name} is said to have ${sizeBytes} bytes, and ${mostBytes} are the most`)
    const parts: Uint8Array[] = []
    for await (const part of this.#content(name, sizeBytes)) parts.push(part)
    return Buffer.concat(parts)
  }

  /** The next member piece by piece; to be read to its end. Throws BUNDLE_INVALID. */
  async *pieces({ name, sizeBytes }: Piece): AsyncGenerator<Uint8Array> {
    const said = await this.#header(name)
    if (said !== sizeBytes) throw bundleInvalid(`${name} has ${said} bytes, its index says ${sizeBytes}`)
    yield* this.#content(name, sizeBytes)
  }

  /** Nothing may follow. Throws BUNDLE_INVALID. */
  async end(): Promise<void> {
    if (!(await this.#exactly(TAR_END.length, 'its end')).equals(TAR_END))
      throw bundleInvalid('something stands where it should end')
    if (this.#rest.length > 0 || (await this.#next())) throw bundleInvalid('something stands behind its end')
  }

  async #header(name: string): Promise<number> {
    const block = await this.#exactly(TAR_BLOCK_BYTES, name)
    if (block[156] === 'x'.charCodeAt(0)) return this.#longHeader(name, block)
    const sizeBytes = Number.parseInt(block.toString('latin1', 124, 135), 8)
    if (!Number.isSafeInteger(sizeBytes) || !encodeTarHeader(name, sizeBytes).equals(block)) throw notThere(name)
    return sizeBytes
  }

  /** The size of a member of more than 8 GiB stands in a record of its own. */
  async #longHeader(name: string, block: Buffer): Promise<number> {
    const rest = await this.#exactly(2 * TAR_BLOCK_BYTES, name)
    const sizeBytes = Number(/ size=([0-9]{1,15})\n/.exec(rest.toString('latin1', 0, TAR_BLOCK_BYTES))?.[1])
    const isRight = sizeBytes > MOST_USTAR_BYTES && encodeTarHeader(name, sizeBytes).equals(Buffer.concat([block, rest]))
    if (!isRight) throw notThere(name)
    return sizeBytes
  }

  async *#content(name: string, sizeBytes: number): AsyncGenerator<Uint8Array> {
    for (let left = sizeBytes; left > 0; ) {
      const piece = await this.#some(Math.min(left, PIECE_BYTES), name)
      left -= piece.length
      yield piece
    }
    const padding = paddingAfter(sizeBytes)
    if (!(await this.#exactly(padding.length, name)).equals(padding)) throw bundleInvalid(`something stands behind ${name}`)
  }

  async #exactly(length: number, name: string): Promise<Buffer> {
    const bytes = Buffer.alloc(length)
    for (let filled = 0; filled < length; ) {
      const piece = await this.#some(length - filled, name)
      bytes.set(piece, filled)
      filled += piece.length
    }
    return bytes
  }

  /** At least one byte, at most so many. */
  async #some(most: number, name: string): Promise<Uint8Array> {
    if (this.#rest.length === 0 && !(await this.#next())) throw bundleInvalid(`it ends before or inside ${name}`)
    const piece = this.#rest.subarray(0, most)
    this.#rest = this.#rest.subarray(piece.length)
    this.#digest.update(piece)
    return piece
  }

  async #next(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#source.next()
      if (done === true) return false
      this.#rest = value
    }
    return true
  }
}

const notThere = (name: string): AppError => bundleInvalid(`${name} is not where it should be`)

export function bundleInvalid(reason: string, cause?: unknown): AppError {
  return new AppError(
    'BUNDLE_INVALID',
    `the bundle cannot be used: ${reason}`,
    'Nothing was stored. Copy or make the file again with `platen bundle create`, then bring it again.',
    { cause },
  )
}
