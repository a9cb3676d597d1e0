// What a worker thread does: reads, digests, compresses, checks and writes chunks. Touches the disk and its processor.
// The agent is one file, so the thread is started from the text of this function: nothing outside of it may be used inside.

/** Used ranges of a chunk as a flat list: offset, length, offset, length … */
export type FlatRanges = readonly number[]

export type ChunkTask =
  /** Reads the used ranges into the slot, zeroes the rest, digests the whole. */
  | {
      readonly kind: 'read'
      readonly fd: number
      readonly slot: SharedArrayBuffer
      readonly offset: number
      readonly used: FlatRanges
    }
  | { readonly kind: 'compress'; readonly slot: SharedArrayBuffer; readonly level: number }
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
  | { readonly kind: 'compress'; readonly bytes: Uint8Array }
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
        return { kind: 'compress', bytes: compress(new Uint8Array(task.slot), task.level) }
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

  function compress(chunk: Uint8Array, level: number): Uint8Array {
    return zlib.zstdCompressSync(chunk, {
      chunkSize: 1_114_112,
      params: { [zlib.constants.ZSTD_c_compressionLevel]: level, [zlib.constants.ZSTD_c_checksumFlag]: 0 },
      pledgedSrcSize: chunk.length,
    } as Parameters<typeof zlib.zstdCompressSync>[1])
  }

  function write({ fd, offset, chunkBytes, used, digest, bytes }: Extract<ChunkTask, { kind: 'write' }>): ChunkResult {
    const chunk = zlib.zstdDecompressSync(bytes, { chunkSize: chunkBytes + 65_536, maxOutputLength: chunkBytes })
    const actualDigest = hash('sha256', chunk, 'hex')
    if (actualDigest !== digest || chunk.length !== chunkBytes) return { kind: 'write', actualDigest, bytesWritten: 0 }
    let bytesWritten = 0
    for (let i = 0; i < used.length; i += 2) {
      const end = used[i]! + used[i + 1]!
      for (let at = used[i]!; at < end; ) at += writeSync(fd, chunk, at, end - at, offset + at)
      bytesWritten += used[i + 1]!
    }
    return { kind: 'write', actualDigest, bytesWritten }
  }

  parentPort!.on('message', (task: ChunkTask) => {
    try {
      const result = perform(task)
      parentPort!.postMessage(result, result.kind === 'compress' ? [result.bytes.buffer as ArrayBuffer] : [])
    } catch (error) {
      const failure = error as NodeJS.ErrnoException
      parentPort!.postMessage({ kind: 'failed', code: failure.code, message: failure.message } satisfies ChunkResult)
    }
  })
}
