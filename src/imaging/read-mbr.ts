// The MBR table of a disk with its logical partitions, read record by record. Pure but for the reads it is given.
import { AppError } from '../contract/errors.ts'
import type { MbrTable } from '../contract/image.ts'
import type { DiskGeometry } from './gpt.ts'
import type { ReadAt } from './gpt-copies.ts'
import { walkMbr } from './mbr.ts'

export type MbrFound =
  | { readonly table: MbrTable; readonly fault?: undefined }
  /** There is one, and it cannot be followed. */
  | { readonly table: undefined; readonly fault: AppError }

/** undefined: no MBR table here. Also one that stands in the boot sector of a filesystem. */
export async function readMbr(read: ReadAt, geometry: DiskGeometry): Promise<MbrFound | undefined> {
  const { sectorBytes } = geometry
  const walk = walkMbr(geometry, { besideFilesystem: true })
  try {
    for (let offset: number | undefined = 0; offset !== undefined; ) {
      const sector = await read(offset, sectorBytes)
      if (sector.length < sectorBytes) return cutOff(offset, geometry)
      offset = walk.next(sector)
    }
  } catch (error) {
    if (error instanceof AppError) return { table: undefined, fault: error }
    throw error
  }
  const table = walk.table()
  return table === undefined ? undefined : { table }
}

function cutOff(offset: number, { sizeBytes }: DiskGeometry): MbrFound | undefined {
  if (offset === 0) return undefined
  const fault = new AppError(
    'IMAGE_TABLE_INVALID',
    `the record of a logical partition would stand at byte ${offset}, but the disk ends at byte ${sizeBytes}`,
    'Look at the disk with `sfdisk --verify`; a file that was cut off has to be copied again.',
  )
  return { table: undefined, fault }
}
