// A file or folder that holds disks into the store: the agent's own capture, on each as a disk. Touches files, processes and the network.
import { type FileHandle, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { ReadAs } from '../../contract/image.ts'
import type { Disk } from '../../contract/inventory.ts'
import type { ImagingTools } from '../imaging/imaging-tools.ts'
import { capturePerformer } from '../steps/capture.ts'
import { linuxImaging } from '../tools/block-device.ts'
import { type LoopResult, withLoopDevice } from '../tools/loop-device.ts'
import { disksInFile, type RawDisk } from './disks-in-file.ts'
import { contextOf, type FileWork } from './file-work.ts'
import { disksInFolder } from './image-folder.ts'
import { sectorBytesOf, withFile } from './raw-file.ts'
import { allowanceFor } from './sparse-file.ts'

export interface DiskImport {
  readonly file: string
  /** The file is a disk byte for byte, whatever it looks like. */
  readonly isRaw: boolean
  readonly imageName: string
  readonly importId: string
  /** Copy partitions with an unknown filesystem block by block. */
  readonly includeUnknown: boolean
  /** Take what its own check finds broken as it is, and mark it. */
  readonly includeBroken?: boolean | undefined
  /** How the disk is to be read where more than one reading can be true. */
  readonly as?: ReadAs | undefined
  /** Where a file is unpacked. Left out: the system's folder for temporary files. */
  readonly temporaryFolder?: string | undefined
  /** Of the disk. Left out: what the file says, or what its table shows. */
  readonly sectorBytes?: 512 | 4096 | undefined
  /** Nothing of it is attached as a device, whoever this process is. Left out: it is, where that is possible. */
  readonly withoutDevices?: boolean | undefined
  /** How large it may become when it is unpacked. Left out: what is plausible for its size. */
  readonly maxBytes?: number | undefined
}

/** Far more than any disk has: every map is clipped to its partition. */
const EVERYTHING = [{ offset: 0, length: 2 ** 52 }]

/** Gives the number of the new version. */
export async function importDisk(order: DiskImport, work: FileWork): Promise<number> {
  if (order.isRaw) return importRaw([{ file: order.file }], order, work)
  const folder = await mkdtemp(join(order.temporaryFolder ?? tmpdir(), 'platen-import-'))
  try {
    return await importRaw(await disksOf(order, folder, work), order, work)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function disksOf({ file, maxBytes }: DiskImport, folder: string, work: FileWork): Promise<RawDisk[]> {
  const facts = await stat(file)
  if (facts.isDirectory()) return disksInFolder(file, { folder, maxBytes, work })
  return disksInFile(file, { folder, work, allowance: allowanceFor(file, facts.size, maxBytes) })
}

async function importRaw(raws: readonly RawDisk[], order: DiskImport, work: FileWork): Promise<number> {
  const disks: Disk[] = []
  for (const [index, raw] of raws.entries()) {
    disks.push(await withFile(raw.file, (handle) => diskIn(handle, raw, index, order)))
  }
  const everyBlock = { ...order, includeUnknown: true }
  if (order.withoutDevices) return capture(disks, WITHOUT_DEVICE, everyBlock, work)
  const onLoops = await withLoopDevices(disks, work, (attached) => capture(attached, linuxImaging, order, work))
  if (onLoops.kind === 'done') return onLoops.result
  work.log(
    `the file cannot be attached as a disk (${onLoops.reason}), so nobody can tell which blocks its filesystems use:` +
      ' every block of each partition is kept. Root, with losetup, keeps used blocks alone.',
  )
  return capture(disks, WITHOUT_DEVICE, everyBlock, work)
}

/** All of them, or none. */
async function withLoopDevices<T>(
  disks: readonly Disk[],
  work: FileWork,
  use: (attached: readonly Disk[]) => Promise<T>,
): Promise<LoopResult<T>> {
  const [disk, ...others] = disks
  if (disk === undefined) return { kind: 'done', result: await use([]) }
  const { devicePath, logicalSectorBytes } = disk
  const attached = await withLoopDevice(devicePath, logicalSectorBytes, work, (path) =>
    withLoopDevices(others, work, (rest) => use([{ ...disk, devicePath: path }, ...rest])),
  )
  return attached.kind === 'done' ? attached.result : attached
}

async function capture(disks: readonly Disk[], tools: ImagingTools, order: DiskImport, work: FileWork): Promise<number> {
  const { importId, imageName, includeUnknown, includeBroken, as } = order
  const wishes = { imageName, includeUnknown, ...(includeBroken ? { includeBroken } : {}), ...(as === undefined ? {} : { as }) }
  const [disk, ...moreDisks] = disks.map(({ serial }) => ({ serial: serial! }))
  const step = { kind: 'capture', timeoutSeconds: 0, disk: disk!, moreDisks, ...wishes } as const
  const { imageVersion } = await capturePerformer(tools)(step, contextOf(work, importId, disks))
  return imageVersion!
}

/**
 * Every block counts as used. Not only those that are not zeros: a deploy leaves unused blocks as they are, and a block of
 * zeros that a filesystem relies on would keep what the target had there.
 */
const WITHOUT_DEVICE: ImagingTools = {
  ...linuxImaging,
  usedExtents: async () => EVERYTHING,
  usedExtentsOf: async () => EVERYTHING,
  checkFilesystem: async () => ({ kind: 'unchecked', reason: 'the file is not attached as a disk' }),
  checkFilesystemOf: async () => ({ kind: 'unchecked', reason: 'the file is not attached as a disk' }),
  writeCount: async (file) => (await stat(file)).mtimeMs,
  announcePartitions: async () => undefined,
  kernelPartitions: async () => undefined,
}

async function diskIn(handle: FileHandle, raw: RawDisk, index: number, order: DiskImport): Promise<Disk> {
  const { size } = await handle.stat()
  const said = order.sectorBytes ?? raw.sectorBytes
  const sectorBytes = size === 0 ? 512 : (said ?? (await sectorBytesOf(handle, order.as)))
  const sizeBytes = size - (size % sectorBytes)
  if (sizeBytes === 0)
    throw new AppError('IMAGE_FILE_INVALID', `${order.file} is empty, or no file`, 'Name a file that holds a disk.')
  return {
    devicePath: raw.file,
    // By which the capture chooses them, in their order.
    serial: `file-${index + 1}`,
    sizeBytes,
    logicalSectorBytes: sectorBytes,
    physicalSectorBytes: sectorBytes,
    isRotational: false,
    isRemovable: false,
    isReadOnly: false,
  }
}
