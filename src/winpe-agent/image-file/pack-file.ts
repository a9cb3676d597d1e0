// A file that was exported, packed as one stream, and read through again before the plain one goes. Touches the files, starts the tools.
import { createHash } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { AppError } from '../../contract/errors.ts'
import { throughFilter } from '../tools/filter-process.ts'
import { PACKERS, type Packing } from '../tools/packers.ts'
import { UNPACKERS } from '../tools/unpackers.ts'
import type { FileWork } from './file-work.ts'
import { type Pieces, piecesOf } from './pieces.ts'
import { withFile } from './raw-file.ts'

export type PackWish = Packing

/** Gives the path of the packed file, which stands beside; the plain one is gone then. Throws IMAGE_VERIFY_FAILED, IMAGE_TOOL_MISSING. */
export async function packFile(plain: string, packing: Packing, work: FileWork): Promise<string> {
  const packed = `${plain}.${packing}`
  work.progress({ minorState: `packing with ${packing}`, percent: 99, transfer: {} })
  const wanted = createHash('sha256')
  const target = await open(packed, 'w', 0o640)
  try {
    await withFile(plain, (source) =>
      append(target, throughFilter(PACKERS[packing], hashed(piecesOf(source), wanted), work.signal)),
    )
    await target.sync()
  } finally {
    await target.close()
  }
  work.progress({ minorState: `reading ${packing} back`, percent: 99, transfer: {} })
  const found = createHash('sha256')
  await withFile(packed, async (file) => {
    for await (const piece of throughFilter(UNPACKERS[packing], piecesOf(file), work.signal)) found.update(piece)
  })
  if (wanted.digest('hex') !== found.digest('hex'))
    throw new AppError(
      'IMAGE_VERIFY_FAILED',
      `${packed} does not hold what was packed into it`,
      'Try again; replace a disk that fails twice.',
    )
  await rm(plain)
  return packed
}

async function append(file: FileHandle, pieces: Pieces): Promise<void> {
  for await (const piece of pieces) for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten
}

async function* hashed(pieces: Pieces, hash: { update(bytes: Buffer): unknown }): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    hash.update(piece)
    yield piece
  }
}
