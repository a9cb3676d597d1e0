// A file of any kind -> raw files that hold disks byte for byte: layer by layer, by what each holds. Touches files in a folder for the purpose, and programs.
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import {
  describeMagic,
  type FileContent,
  type FileEnds,
  HEAD_BYTES,
  identifyFile,
  TAIL_BYTES,
} from '../../imaging/file-content.ts'
import { readAt } from '../imaging/open-disk.ts'
import { throughFilter } from '../tools/filter-process.ts'
import { UNPACKERS } from '../tools/unpackers.ts'
import { disksIn } from './archive-disks.ts'
import type { FileWork } from './file-work.ts'
import { type Pieces, piecesOf } from './pieces.ts'
import { withFile } from './raw-file.ts'
import { type Allowance, fillFrom, SparseFile } from './sparse-file.ts'
import { tarMembers } from './tar-members.ts'
import { unpackPartclone } from './unpack-partclone.ts'
import { unpackQcow2 } from './unpack-qcow2.ts'
import { unpackVirtualDisk } from './unpack-virtual-disk.ts'
import { zipMembers } from './zip-members.ts'

export interface RawDisk {
  readonly file: string
  /** What its format states; undefined: to be found in it. */
  readonly sectorBytes?: 512 | 4096 | undefined
}

export interface Unpacking {
  /** Empty, and gone with everything in it when the import is over. */
  readonly folder: string
  readonly allowance: Allowance
  readonly work: FileWork
}

/** disk.vmdk in disk.ova in disk.ova.gz in a ZIP: more than anybody packs. */
const MOST_LAYERS = 6

export async function fileEnds(file: string): Promise<FileEnds> {
  return withFile(file, async (handle) => {
    const { size } = await handle.stat()
    const tailAt = Math.max(0, size - TAIL_BYTES)
    return { head: await readAt(handle, 0, HEAD_BYTES), tail: await readAt(handle, tailAt, size - tailAt), sizeBytes: size }
  })
}

/** Throws IMAGE_FILE_UNKNOWN with the magic that was found, and what its readers throw. */
export async function disksInFile(file: string, unpacking: Unpacking, depth = 1): Promise<RawDisk[]> {
  const ends = await fileEnds(file)
  const content = identifyFile(ends)
  if (content.kind === 'disk') return [{ file }]
  if (depth > MOST_LAYERS)
    throw unknown(`is packed more than ${MOST_LAYERS} times`, 'Unpack it by hand, and import what is in it.')
  const opened = await openLayer(file, content, ends, unpacking, depth)
  // Only the copies: the person's own file stays.
  if (depth > 1 && opened.every((disk) => disk.file !== file)) await rm(file, { force: true })
  return opened
}

async function openLayer(
  file: string,
  content: Exclude<FileContent, { kind: 'disk' }>,
  { head }: FileEnds,
  unpacking: Unpacking,
  depth: number,
): Promise<RawDisk[]> {
  const { folder, allowance, work } = unpacking
  const target = join(folder, randomUUID())
  switch (content.kind) {
    case 'packed':
      work.log(`the file is packed with ${content.format}: it is unpacked`)
      await withFile(file, (handle) =>
        store(throughFilter(UNPACKERS[content.format], piecesOf(handle), work.signal), target, content.format, unpacking),
      )
      return disksInFile(target, unpacking, depth + 1)
    case 'tar':
    case 'zip':
      return withFile(file, async (handle) => {
        const members = content.kind === 'tar' ? await tarMembers(handle) : await zipMembers(handle)
        const disks: RawDisk[] = []
        for (const member of await disksIn(members, file, work.log.bind(work))) {
          work.log(`the disk is ${member.name} in the ${content.kind} archive`)
          const copy = join(folder, randomUUID())
          await store(member.content(), copy, content.kind, unpacking)
          disks.push(...(await disksInFile(copy, unpacking, depth + 1)))
        }
        return disks
      })
    case 'qcow2':
      await withFile(file, (source) => unpackQcow2(source, target, allowance, work))
      return [{ file: target }]
    case 'virtual-disk':
      return [{ file: target, sectorBytes: await unpackVirtualDisk({ file, format: content.format }, target, allowance, work) }]
    case 'partclone':
      await withFile(file, (source) => unpackPartclone(source, target, allowance, work))
      return [{ file: target }]
    case 'bundle':
      throw unknown('is a bundle inside of another file', 'Unpack it by hand, and import the bundle.')
    case 'foreign':
      throw unknown(`is ${content.name} (${describeMagic(head)})`, `Make a disk of it, and import that: \`${content.convert}\`.`)
    case 'unknown':
      throw unknown(
        `is nothing that is known here: it begins with ${describeMagic(head)}`,
        'Look what it is with `file FILE`; `qemu-img convert -O raw FILE DISK.raw` reads many formats. If it is a disk byte for byte: --format raw.',
      )
  }
}

async function store(pieces: Pieces, path: string, format: string, { allowance, work }: Unpacking): Promise<void> {
  work.progress({ minorState: `unpacking ${format}`, percent: 0, transfer: {} })
  const file = await SparseFile.create(path)
  try {
    await fillFrom(file, pieces, allowance, work.signal)
  } catch (error) {
    await file.close().catch(() => undefined)
    throw error
  }
}

function unknown(what: string, hint: string): AppError {
  return new AppError('IMAGE_FILE_UNKNOWN', `the file ${what}`, hint)
}
