// The digest of a disk's used blocks, computed from outside of the machine. Written from the manifest's description alone and
// sharing no code with the image engine: two programs that agree are a proof, one that agrees with itself is none.
import { createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'

interface StoredManifest {
  readonly disks: readonly { readonly chunkBytes: number; readonly extents: string }[]
}

/** dataDir: the appliance's, which holds the manifest. diskFile: a raw image of the only disk. */
export function usedBlocksDigest(dataDir: string, manifestDigest: string, diskFile: string): string {
  const stored = zstdDecompressSync(readFileSync(join(dataDir, 'manifests', '_manifests', `${manifestDigest}.zst`)))
  if (sha256(stored) !== manifestDigest) throw new Error(`the stored manifest ${manifestDigest} has another digest`)
  const { chunkBytes, extents } = (JSON.parse(stored.toString()) as StoredManifest).disks[0]!
  const whole = createHash('sha256').update(`platen content 2\n${chunkBytes}\n${extents}\n`)
  for (const digest of chunkDigests(diskFile, chunkBytes, ranges(extents))) whole.update(`${digest}\n`)
  return whole.digest('hex')
}

/** [first byte, byte behind the last], from gaps and lengths of 512 bytes as LEB128 numbers. */
function ranges(packed: string): [number, number][] {
  const numbers: number[] = []
  let value = 0
  let factor = 1
  for (const byte of Buffer.from(packed, 'base64')) {
    value += (byte & 0x7f) * factor
    factor *= 128
    if (byte >= 0x80) continue
    numbers.push(value * 512)
    value = 0
    factor = 1
  }
  const found: [number, number][] = []
  for (let index = 0, end = 0; index < numbers.length; index += 2) {
    const start = end + numbers[index]!
    end = start + numbers[index + 1]!
    found.push([start, end])
  }
  return found
}

/** Of each chunk of the grid that holds a used byte; the bytes between used ones count as zeros. */
function* chunkDigests(diskFile: string, chunkBytes: number, used: readonly [number, number][]): Generator<string> {
  const parts = used.flatMap(([start, end]) => cutAtGrid(start, end, chunkBytes))
  const disk = openSync(diskFile, 'r')
  const chunk = Buffer.alloc(chunkBytes)
  try {
    for (const [index, [start, end]] of parts.entries()) {
      const grid = Math.floor(start / chunkBytes)
      readSync(disk, chunk, start - grid * chunkBytes, end - start, start)
      const next = parts[index + 1]
      if (next !== undefined && Math.floor(next[0] / chunkBytes) === grid) continue
      yield treeDigest(chunk)
      chunk.fill(0)
    }
  } finally {
    closeSync(disk)
  }
}

function cutAtGrid(start: number, end: number, chunkBytes: number): [number, number][] {
  const parts: [number, number][] = []
  for (let from = start; from < end; ) {
    const to = Math.min(end, (Math.floor(from / chunkBytes) + 1) * chunkBytes)
    parts.push([from, to])
    from = to
  }
  return parts
}

/** Over the digests of sections of 128 KiB. */
function treeDigest(chunk: Uint8Array): string {
  const sections: string[] = []
  for (let at = 0; at < chunk.length; at += 131_072) sections.push(sha256(chunk.subarray(at, at + 131_072)))
  return sha256(Buffer.from(sections.join(''), 'hex'))
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
