// The record beside the partitions of a disk: read, written, erased. Touches the disk.
import { type FileHandle, open } from 'node:fs/promises'
import type { Extent } from '../../imaging/extents.ts'
import { decodeRecordBlock, recordPlaces } from '../../imaging/record-place.ts'
import { readAt, writeAt } from '../imaging/open-disk.ts'

export interface RecordThere {
  readonly place: Extent
  readonly text: string
}

/** All that stand on it: a deploy leaves one, an older layout may have had the other place. */
export async function recordsOn(disk: FileHandle, sizeBytes: number): Promise<RecordThere[]> {
  const there: RecordThere[] = []
  for (const place of recordPlaces(sizeBytes)) {
    const text = decodeRecordBlock(await readAt(disk, place.offset, place.length))
    if (text !== undefined) there.push({ place, text })
  }
  return there
}

/** What a disk has before its layout is written anew says nothing of what comes. */
export async function eraseRecords({
  devicePath,
  sizeBytes,
}: {
  readonly devicePath: string
  readonly sizeBytes: number
}): Promise<void> {
  const disk = await open(devicePath, 'r+')
  try {
    for (const { place } of await recordsOn(disk, sizeBytes)) await writeAt(disk, place.offset, Buffer.alloc(place.length))
    await disk.sync()
  } finally {
    await disk.close()
  }
}
