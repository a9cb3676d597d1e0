// Chunks one after another in one HTTP body, both ways: digest (32 bytes), length (32 bits, little-endian), bytes. Pure.
// A frame of length 0 says that the sender has an error instead: its length and a JSON Failure follow, and the body ends.
import { AppError, ERROR_CODES, type ErrorCode } from '../contract/errors.ts'
import { DIGEST_BYTES } from './chunk-digest.ts'

export { CHUNK_STREAM_TYPE } from '../contract/image-transfer.ts'

/** A chunk of the largest grid that does not compress, with room for the frame of zstd. */
const MAX_CHUNK_BYTES = 17 * 1024 * 1024
const HEADER_BYTES = DIGEST_BYTES + 4

export interface ChunkFrame {
  readonly digest: string
  /** Compressed, as it stands in the store. */
  readonly bytes: Uint8Array<ArrayBufferLike>
}

export function encodeFrameHeader(digest: string, length: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.write(digest, 0, 'hex')
  header.writeUInt32LE(length, DIGEST_BYTES)
  return header
}

export function encodeErrorFrame(digest: string, error: AppError): Buffer {
  const body = Buffer.from(JSON.stringify({ code: error.code, message: error.message, hint: error.hint }))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(body.length)
  return Buffer.concat([encodeFrameHeader(digest, 0), length, body])
}

/**
 * Gives each chunk as soon as its last byte is there, in memory that the caller provides.
 * Throws what an error frame says, or IMAGE_CHUNK_STREAM_INVALID.
 */
export async function* decodeFrames(
  body: AsyncIterable<Uint8Array>,
  newBytes: (length: number) => Uint8Array = Buffer.allocUnsafeSlow,
): AsyncGenerator<ChunkFrame> {
  const reader = new ByteReader(body)
  for (;;) {
    const header = await reader.takeOrEnd(HEADER_BYTES)
    if (header === undefined) return
    const digest = header.toString('hex', 0, DIGEST_BYTES)
    const length = header.readUInt32LE(DIGEST_BYTES)
    if (length === 0) throw await readError(reader)
    if (length > MAX_CHUNK_BYTES) throw streamInvalid(`chunk ${digest} announces ${length} bytes, the most is ${MAX_CHUNK_BYTES}`)
    yield { digest, bytes: await reader.fill(newBytes(length)) }
  }
}

async function readError(reader: ByteReader): Promise<AppError> {
  const length = (await reader.take(4)).readUInt32LE(0)
  if (length > 65_536) throw streamInvalid(`an error of ${length} bytes is announced`)
  const { code, message, hint } = errorIn((await reader.take(length)).toString('utf8'))
  if (!Object.hasOwn(ERROR_CODES, String(code))) throw streamInvalid(`the other side says ${String(code)}: ${String(message)}`)
  return new AppError(code as ErrorCode, String(message), String(hint))
}

function errorIn(text: string): { readonly code?: unknown; readonly message?: unknown; readonly hint?: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch (cause) {
    throw streamInvalid('an error is announced that is no JSON', cause)
  }
  throw streamInvalid('an error is announced that is no object')
}

/** Cuts a stream of pieces into the lengths that are asked for. */
class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>
  #piece: Uint8Array = new Uint8Array(0)

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  async take(length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length)
    await this.fill(bytes)
    return bytes
  }

  /** undefined: the stream has ended, and between two takes it may. */
  async takeOrEnd(length: number): Promise<Buffer | undefined> {
    if (this.#piece.length === 0 && !(await this.#next())) return undefined
    return this.take(length)
  }

  async fill(whole: Uint8Array): Promise<Uint8Array> {
    for (let filled = 0; filled < whole.length; ) {
      if (this.#piece.length === 0 && !(await this.#next()))
        throw streamInvalid(`the body ends after ${filled} of ${whole.length} bytes`)
      const part = this.#piece.subarray(0, whole.length - filled)
      whole.set(part, filled)
      filled += part.length
      this.#piece = this.#piece.subarray(part.length)
    }
    return whole
  }

  async #next(): Promise<boolean> {
    do {
      const { done, value } = await this.#source.next()
      if (done === true) return false
      this.#piece = value
    } while (this.#piece.length === 0)
    return true
  }
}

function streamInvalid(reason: string, cause?: unknown): AppError {
  return new AppError(
    'IMAGE_CHUNK_STREAM_INVALID',
    `a batch of chunks cannot be read: ${reason}`,
    'The connection was probably cut; the agent sends the batch again by itself. If it stays, compare the versions of both sides.',
    { cause },
  )
}
