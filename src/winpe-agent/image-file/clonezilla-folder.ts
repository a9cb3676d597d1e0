// An image folder of Clonezilla: what is a disk, where its partitions are, which files hold them. Only reads.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { clonezillaPiece, orderPieces } from '../../imaging/image-pieces.ts'
import { gptCopies, type PartitionPlace, savedGptOf } from '../../imaging/saved-gpt.ts'
import { layOutSavedMbr } from '../../imaging/saved-mbr.ts'
import { parseSfdiskDump } from '../../imaging/sfdisk-dump.ts'
import type { SavedContent, SavedDisk, SavedPartition } from './assemble-disk.ts'

export const isClonezilla = (names: readonly string[]): boolean =>
  names.includes('parts') ||
  names.includes('clonezilla-img') ||
  (names.includes('disk') && names.some((name) => name.endsWith('-pt.sf')))

/** A file that says that something cannot be put together here, and what. */
const UNSUPPORTED: readonly (readonly [string, string])[] = [
  ['lvm_vg_dev.list', 'logical volumes (LVM)'],
  ['luks-dev.list', 'encrypted partitions (LUKS)'],
  ['ecryptfs.info', 'encrypted files (eCryptfs)'],
]

interface Folder {
  readonly path: string
  readonly names: readonly string[]
  /** Partitions that the image has, as it lists them. */
  readonly saved: readonly string[]
}

export async function clonezillaDisks(path: string, names: readonly string[]): Promise<SavedDisk[]> {
  for (const [file, what] of UNSUPPORTED) {
    if (names.includes(file) && (await readText(path, file)).trim() !== '')
      throw unsupported(`it holds ${what}: ${file} lists them`)
  }
  const saved = names.includes('parts') ? words(await readText(path, 'parts')) : []
  const disks = names.includes('disk')
    ? words(await readText(path, 'disk'))
    : names.filter((name) => name.endsWith('-pt.sf')).map((name) => name.slice(0, -'-pt.sf'.length))
  if (disks.length === 0) throw unsupported('it names no disk, and has no table of one')
  return Promise.all(disks.map((disk) => diskOf(disk.replaceAll('/', '-'), { path, names, saved })))
}

async function diskOf(disk: string, folder: Folder): Promise<SavedDisk> {
  const read = (suffix: string) => (folder.names.includes(disk + suffix) ? readFile(join(folder.path, disk + suffix)) : undefined)
  const dump = parseSfdiskDump((await read('-pt.sf'))?.toString('latin1') ?? '')
  const parted = (await read('-pt.parted'))?.toString('latin1') ?? ''
  const sectorBytes = dump.sectorBytes === 4096 || /^Sector size.*: 4096B/m.test(parted) ? 4096 : 512
  const gpt = await read('-gpt-1st')
  if (gpt !== undefined) {
    const { sizeBytes, writes, partitions } = gptCopies(savedGptOf(gpt, sectorBytes), sectorBytes)
    return { name: disk, sectorBytes, sizeBytes, writes, partitions: await withContents(disk, partitions, folder) }
  }
  const mbr = await read('-mbr')
  if (dump.partitions.length === 0 || mbr === undefined) return wholeDisk(disk, sectorBytes, folder)
  const head = Buffer.concat([mbr.subarray(0, 512), (await read('-hidden-data-after-mbr')) ?? Buffer.alloc(0)])
  const { writes, partitions, endBytes } = layOutSavedMbr({ head, dump: dump.partitions, sectorBytes })
  const ownBytes = Number(/^Disk \/dev\/\S+: (\d+)s$/m.exec(parted)?.[1] ?? 0) * sectorBytes
  const places = partitions.filter(({ isContainer }) => !isContainer)
  return {
    name: disk,
    sectorBytes,
    sizeBytes: Math.max(ownBytes, endBytes),
    writes,
    partitions: await withContents(disk, places, folder),
  }
}

/** One filesystem, no table: its image is that of the disk. */
async function wholeDisk(disk: string, sectorBytes: 512 | 4096, folder: Folder): Promise<SavedDisk> {
  const content = await contentOf(disk, folder)
  if (content.kind === 'none') throw unsupported(`neither a table of ${disk} nor an image of it is there`)
  const partitions = [{ number: 0, startBytes: 0, sizeBytes: Number.MAX_SAFE_INTEGER, content }]
  return { name: disk, sectorBytes, sizeBytes: undefined, writes: [], partitions }
}

function withContents(disk: string, places: readonly PartitionPlace[], folder: Folder): Promise<SavedPartition[]> {
  return Promise.all(
    places.map(async (place) => {
      const partition = `${disk}${/\d$/.test(disk) ? 'p' : ''}${place.number}`
      const content = await contentOf(partition, folder)
      const isMissing = content.kind === 'none' && folder.saved.some((name) => name.replaceAll('/', '-') === partition)
      if (isMissing) throw missing(partition)
      const { number, startBytes, sizeBytes } = place
      return { number, startBytes, sizeBytes, content }
    }),
  )
}

async function contentOf(partition: string, { path, names }: Folder): Promise<SavedContent> {
  const swap = `swappt-${partition}.info`
  if (names.includes(swap)) {
    const text = await readText(path, swap)
    const value = (key: string) => new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? ''
    return { kind: 'swap', uuid: value('UUID'), label: value('LABEL') }
  }
  const kinds = new Map<string, Map<string, string>>()
  for (const name of names) {
    const found = clonezillaPiece(name, partition)
    if (found !== undefined) kinds.set(found.kind, (kinds.get(found.kind) ?? new Map()).set(name, found.piece))
  }
  if (kinds.size > 1) throw unsupported(`${partition} has ${kinds.size} images: ${[...kinds.keys()].join(', ')}`)
  for (const [kind, pieces] of kinds) {
    const files = orderPieces(pieces).map((name) => join(path, name))
    return { kind: 'image', files, isCopy: /^dd-/.test(kind) }
  }
  return { kind: 'none' }
}

const readText = (path: string, name: string): Promise<string> => readFile(join(path, name), 'utf8')

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '')

function missing(partition: string): AppError {
  return new AppError(
    'IMAGE_FILE_INVALID',
    `the folder lists an image of ${partition}, but there is no file of partclone for it`,
    'Copy the whole folder again; an image of Partimage has to be restored by Clonezilla.',
  )
}

function unsupported(reason: string): AppError {
  return new AppError(
    'IMAGE_FILE_UNSUPPORTED',
    `this image folder of Clonezilla cannot be read: ${reason}`,
    'Restore it with Clonezilla onto a disk, and capture that.',
  )
}
