// Compresses and decompresses chunks in memory that is used again and again. Pure: bytes in, bytes out.
// The agent's threads run these functions from their text, so nothing outside of them may be used inside.

/** Parameters of zstd by number (zlib.constants.ZSTD_c_…). */
export type ZstdParams = Readonly<Record<number, number>>

/** Gives the length of the content, or why there is none: too long, or not a zstd frame. */
export type Expand = (compressed: Uint8Array, into: Uint8Array) => number | string

/** Gives the length of the one frame that holds all of the content; throws when there is no room for it. */
export type Compress = (content: Uint8Array, into: Uint8Array) => number

/** What zlib's streams have inside; the public calls allocate each result, which takes a third longer and waits for the collector. */
interface ZstdStream {
  readonly _handle: {
    reset(): void
    writeSync(
      flush: number,
      from: Uint8Array,
      fromAt: number,
      fromLength: number,
      to: Uint8Array,
      toAt: number,
      toLength: number,
    ): void
    onerror: (message: string) => void
  }
  /** Room left in the target, bytes left of the source. */
  readonly _writeState: Uint32Array
}

/** Its tables are made once, not for each chunk. */
export function createCompressor(params: ZstdParams): Compress {
  const zlib = process.getBuiltinModule('node:zlib')
  const stream = zlib.createZstdCompress({ params }) as unknown as ZstdStream
  let failure = ''
  stream._handle.onerror = (message) => {
    failure = message
  }
  return (content, into) => {
    // With all of the content and the end at once zstd knows the size ahead; the frame after it begins anew by itself.
    stream._handle.writeSync(zlib.constants.ZSTD_e_end, content, 0, content.length, into, 0, into.length)
    const [roomLeft = 0, bytesLeft = 0] = stream._writeState
    if (failure !== '') throw new Error(failure)
    if (bytesLeft > 0 || roomLeft === 0)
      throw new Error(`no room in ${into.length} bytes for ${content.length} that do not compress`)
    return into.length - roomLeft
  }
}

export function createExpander(): Expand {
  const zlib = process.getBuiltinModule('node:zlib')
  let stream = newStream()
  let failure = ''

  function newStream(): ZstdStream {
    const created = zlib.createZstdDecompress() as unknown as ZstdStream
    created._handle.onerror = (message) => {
      failure = message
    }
    return created
  }

  return (compressed, into) => {
    failure = ''
    stream._handle.reset()
    stream._handle.writeSync(zlib.constants.ZSTD_e_end, compressed, 0, compressed.length, into, 0, into.length)
    const [roomLeft = 0, bytesLeft = 0] = stream._writeState
    if (failure !== '') {
      stream = newStream()
      return failure
    }
    return bytesLeft > 0 ? `it is longer than ${into.length} bytes` : into.length - roomLeft
  }
}
