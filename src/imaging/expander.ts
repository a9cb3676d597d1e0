// Decompresses chunks into memory that is used again and again. Pure: bytes in, bytes out.
// The agent's threads run this function from its text, so nothing outside of it may be used inside.

/** Gives the length of the content, or why there is none: too long, or not a zstd frame. */
export type Expand = (compressed: Uint8Array, into: Uint8Array) => number | string

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
