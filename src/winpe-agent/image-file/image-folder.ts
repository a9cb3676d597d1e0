// A folder in which another imaging program keeps an image -> raw files that hold its disks. Touches the files.
import { randomUUID } from 'node:crypto'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { assembleDisk, type SavedDisk } from './assemble-disk.ts'
import { clonezillaDisks, isClonezilla } from './clonezilla-folder.ts'
import type { RawDisk } from './disks-in-file.ts'
import type { FileWork } from './file-work.ts'
import { fogDisks, isFog } from './fog-folder.ts'
import { allowanceFor } from './sparse-file.ts'

export interface FolderUnpacking {
  /** Empty; gone with everything in it when the import is over. */
  readonly folder: string
  readonly maxBytes: number | undefined
  readonly work: FileWork
}

/** In the order of its disks. Throws IMAGE_FILE_UNKNOWN when the folder is none that is known. */
export async function disksInFolder(folder: string, unpacking: FolderUnpacking): Promise<RawDisk[]> {
  const names = await readdir(folder)
  const sizes = await Promise.all(names.map((name) => plainSize(join(folder, name))))
  const { program, disks } = await readFolder(folder, names)
  unpacking.work.log(`an image folder of ${program}: ${disks.map(({ name }) => name).join(', ')}`)
  const allowance = allowanceFor(
    folder,
    sizes.reduce((sum, size) => sum + size, 0),
    unpacking.maxBytes,
  )
  const raws: RawDisk[] = []
  for (const disk of disks) {
    const file = join(unpacking.folder, randomUUID())
    await assembleDisk(disk, file, allowance, unpacking.work)
    raws.push({ file, sectorBytes: disk.sectorBytes })
  }
  return raws
}

/** A link or a device in a folder that somebody made could bring in any file of this machine. */
async function plainSize(path: string): Promise<number> {
  const facts = await lstat(path)
  if (facts.isFile()) return facts.size
  if (facts.isDirectory()) return 0
  throw new AppError(
    'IMAGE_FILE_UNSUPPORTED',
    `${path} is ${facts.isSymbolicLink() ? 'a link' : 'no plain file'}: an image folder holds plain files only`,
    'If the link is your own, copy the folder with what it points to: `cp -rL`.',
  )
}

async function readFolder(folder: string, names: readonly string[]): Promise<{ program: string; disks: readonly SavedDisk[] }> {
  if (isClonezilla(names)) return { program: 'Clonezilla', disks: await clonezillaDisks(folder, names) }
  if (isFog(names)) return { program: 'FOG', disks: await fogDisks(folder, names) }
  throw new AppError(
    'IMAGE_FILE_UNKNOWN',
    `${folder} is a folder, and no image of Clonezilla or FOG: ${names.slice(0, 8).join(', ') || 'it is empty'}`,
    'Name the folder that holds `parts` and `*-pt.sf` (Clonezilla) or `d1.partitions` (FOG), or a file.',
  )
}
