// A disk of which a half compresses, made in seconds, and its update: a run of it is written anew. Touches files.
import { createCipheriv } from 'node:crypto'
import { open } from 'node:fs/promises'

const PIECE_BYTES = 4 * 1024 * 1024

export async function fillDisk(path: string, sizeBytes: number): Promise<void> {
  await write(path, 0, sizeBytes, 1)
}

/** So many percent of it, from the middle on. */
export async function changeDisk(path: string, sizeBytes: number, percent: number): Promise<void> {
  await write(path, Math.floor(sizeBytes / 2 / PIECE_BYTES) * PIECE_BYTES, (sizeBytes * percent) / 100, 2)
}

async function write(path: string, from: number, lengthBytes: number, seed: number): Promise<void> {
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16))
  const zeros = Buffer.alloc(PIECE_BYTES / 2)
  const handle = await open(path, from === 0 ? 'w' : 'r+')
  try {
    for (let at = 0; at < lengthBytes; at += PIECE_BYTES) {
      const random = noise.update(zeros)
      // Text of a kind: every other half is one byte in eight of noise.
      const texty = Buffer.alloc(PIECE_BYTES / 2, 'platen presses disk images onto bare machines; ')
      for (let each = 0; each < texty.length; each += 8) texty[each] = random[each]!
      const piece = Buffer.concat([random, texty]).subarray(0, Math.min(PIECE_BYTES, lengthBytes - at))
      await handle.write(piece, 0, piece.length, from + at)
    }
  } finally {
    await handle.close()
  }
}
