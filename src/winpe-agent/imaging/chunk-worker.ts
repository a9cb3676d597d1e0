// What a worker thread does: reads, digests, compresses, checks and writes chunks. Touches the disk and its processor.
// The agent is one file, so the thread is started from the text of this function: nothing outside of it may be used inside.

/** Used ranges of a chunk as a flat list: offset, length, offset, length … */
export type FlatRanges = readonly number[]

/** Parameters of zstd by number (zlib.constants.ZSTD_c_…). */
export type ZstdParams = Readonly<Record<number, number>>

export type ChunkTask =
  /** Reads the used ranges into the slot, zeroes the rest, digests the whole. */
  | {
      readonly kind: 'read'
      readonly fd: number
      readonly slot: SharedArrayBuffer
      readonly offset: number
      readonly used: FlatRanges
    }
  /** Puts the compressed form in the place of the content: nothing is allocated that another thread must free. */
  | { readonly kind: 'compress'; readonly slot: SharedArrayBuffer; readonly params: ZstdParams }
  /** Decompresses, checks the digest and writes the used ranges; nothing is written when the digest is another. */
  | {
      readonly kind: 'write'
      readonly fd: number
      readonly offset: number
      readonly chunkBytes: number
      readonly used: FlatRanges
      readonly digest: string
      readonly bytes: Uint8Array
    }

export type ChunkResult =
  | { readonly kind: 'read'; readonly digest: string; readonly bytesRead: number }
  /** undefined: it does not get smaller than the slot with room for the frame; bytes has it then. */
  | { readonly kind: 'compress'; readonly length: number; readonly bytes: Uint8Array | undefined }
  | { readonly kind: 'write'; readonly actualDigest: string; readonly bytesWritten: number }
  | { readonly kind: 'failed'; readonly code: string | undefined; readonly message: string }

export function chunkWorkerMain(): void {
  const { parentPort } = process.getBuiltinModule('node:worker_threads')
  const { readSync, writeSync } = process.getBuiltinModule('node:fs')
  const { hash } = process.getBuiltinModule('node:crypto')
  const zlib = process.getBuiltinModule('node:zlib')
  /** Below this a gap is read along: one call is cheaper than two. */
  const READ_THROUGH_BYTES = 65_536

  function perform(task: ChunkTask): ChunkResult {
    switch (task.kind) {
      case 'read':
        return read(task)
      case 'compress':
        return compress(task)
      case 'write':
        return write(task)
    }
  }

  function read({ fd, slot, offset, used }: Extract<ChunkTask, { kind: 'read' }>): ChunkResult {
    const chunk = new Uint8Array(slot)
    let bytesRead = 0
    for (let i = 0; i < used.length; ) {
      const start = used[i]!
      let end = start + used[i + 1]!
      for (i += 2; i < used.length && used[i]! - end <= READ_THROUGH_BYTES; i += 2) end = used[i]! + used[i + 1]!
      readFully(fd, chunk, start, end, offset)
      bytesRead += end - start
    }
    zeroOutside(chunk, used)
    return { kind: 'read', digest: hash('sha256', chunk, 'hex'), bytesRead }
  }

  function readFully(fd: number, chunk: Uint8Array, from: number, to: number, offset: number): void {
    for (let at = from; at < to; ) {
      const count = readSync(fd, chunk, at, to - at, offset + at)
      if (count === 0) throw new Error(`the disk ends at byte ${offset + at}`)
      at += count
    }
  }

  function zeroOutside(chunk: Uint8Array, used: FlatRanges): void {
    let end = 0
    for (let i = 0; i < used.length; i += 2) {
      chunk.fill(0, end, used[i]!)
      end = used[i]! + used[i + 1]!
    }
    chunk.fill(0, end)
  }

  function compress({ slot, params }: Extract<ChunkTask, { kind: 'compress' }>): ChunkResult {
    const chunk = new Uint8Array(slot)
    // One output buffer and the size told ahead: zstd then works in one go, and its result is a little smaller.
    const options = { chunkSize: chunk.length + 65_536, params, pledgedSrcSize: chunk.length }
    const bytes = zlib.zstdCompressSync(chunk, options as Parameters<typeof zlib.zstdCompressSync>[1])
    if (bytes.length > chunk.length) return { kind: 'compress', length: bytes.length, bytes }
    chunk.set(bytes)
    return { kind: 'compress', length: bytes.length, bytes: undefined }
  }

  function write({ fd, offset, chunkBytes, used, digest, bytes }: Extract<ChunkTask, { kind: 'write' }>): ChunkResult {
    const chunk = expand(bytes, chunkBytes)
    const actualDigest = chunk === undefined ? 'none, it does not decompress' : hash('sha256', chunk, 'hex')
    if (chunk === undefined || actualDigest !== digest || chunk.length !== chunkBytes) {
      return { kind: 'write', actualDigest, bytesWritten: 0 }
    }
    let bytesWritten = 0
    for (let i = 0; i < used.length; i += 2) {
      const end = used[i]! + used[i + 1]!
      for (let at = used[i]!; at < end; ) at += writeSync(fd, chunk, at, end - at, offset + at)
      bytesWritten += used[i + 1]!
    }
    return { kind: 'write', actualDigest, bytesWritten }
  }

  /** Bytes that changed on the way may not even be a frame any more: that is another content, not a fault of this machine. */
  function expand(bytes: Uint8Array, chunkBytes: number): Uint8Array | undefined {
    try {
      return zlib.zstdDecompressSync(bytes, { chunkSize: chunkBytes + 65_536, maxOutputLength: chunkBytes })
    } catch {
      return undefined
    }
  }

  parentPort!.on('message', (task: ChunkTask) => {
    try {
      parentPort!.postMessage(perform(task))
    } catch (error) {
      const failure = error as NodeJS.ErrnoException
      parentPort!.postMessage({ kind: 'failed', code: failure.code, message: failure.message } satisfies ChunkResult)
    }
  })
}
