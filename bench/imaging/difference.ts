// What of a disk differs from how it was before, as one compressed stream: the least that bringing it back could cost.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import type { Extent } from '../../src/imaging/extents.ts'

const BLOCK_BYTES = 4096
const PIECE_BYTES = 4 * 1024 * 1024

/** Of the blocks in these extents that differ, as they are in `before`: their size as zstd -3 has it. */
export async function compressedDifference(before: string, after: string, extents: readonly Extent[]): Promise<number> {
  const zstd = spawn('zstd', ['-3', '-q', '-c'], { stdio: ['pipe', 'pipe', 'inherit'] })
  let bytes = 0
  zstd.stdout.on('data', (piece: Buffer) => {
    bytes += piece.length
  })
  const ended = once(zstd, 'close')
  const [old, now] = [await open(before), await open(after)]
  const [wanted, held] = [Buffer.alloc(PIECE_BYTES), Buffer.alloc(PIECE_BYTES)]
  try {
    for (const { offset, length } of extents) {
      for (let at = offset; at < offset + length; at += PIECE_BYTES) {
        const count = Math.min(PIECE_BYTES, offset + length - at)
        await Promise.all([old.read(wanted, 0, count, at), now.read(held, 0, count, at)])
        for (let block = 0; block < count; block += BLOCK_BYTES) {
          const own = wanted.subarray(block, Math.min(block + BLOCK_BYTES, count))
          if (own.equals(held.subarray(block, block + own.length))) continue
          if (!zstd.stdin.write(Buffer.from(own))) await once(zstd.stdin, 'drain')
        }
      }
    }
  } finally {
    await Promise.all([old.close(), now.close()])
  }
  zstd.stdin.end()
  await ended
  return bytes
}
