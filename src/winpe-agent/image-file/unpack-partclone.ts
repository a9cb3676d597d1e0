// A partclone image of one partition -> a raw file with holes that holds its filesystem from the first byte on. Touches both files.
import type { FileHandle } from 'node:fs/promises'
import type { FileWork } from './file-work.ts'
import { ByteReader, piecesOf } from './pieces.ts'
import { readPartclone } from './read-partclone.ts'
import { type Allowance, requireAllowed, SparseFile } from './sparse-file.ts'

/** A disk has whole sectors. */
const SECTOR_BYTES = 512

export async function unpackPartclone(source: FileHandle, rawFile: string, allowance: Allowance, work: FileWork): Promise<void> {
  const { head, blocks } = await readPartclone(new ByteReader(piecesOf(source)))
  work.log(`a partclone image (${head.version}) of ${head.filesystem}: it becomes a disk without a partition table`)
  if (head.checksum === 'unchecked') work.log('its checksums are of a kind that is not computed here: they are not compared')
  const raw = await SparseFile.create(rawFile)
  let written = 0
  try {
    for await (const { offset, bytes } of blocks()) {
      work.signal.throwIfAborted()
      written += bytes.length
      requireAllowed(written, allowance)
      await raw.write(offset, bytes)
    }
    await raw.end(Math.ceil(head.deviceBytes / SECTOR_BYTES) * SECTOR_BYTES)
  } catch (error) {
    await raw.close().catch(() => undefined)
    throw error
  }
}
