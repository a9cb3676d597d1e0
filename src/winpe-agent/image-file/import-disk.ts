// A raw or qcow2 file into the store: the agent's own capture, on the file as a disk. Touches files, processes and the network.
import { type FileHandle, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { ReadAs } from '../../contract/image.ts'
import type { Disk } from '../../contract/inventory.ts'
import type { ImagingTools } from '../imaging/imaging-tools.ts'
import { capturePerformer } from '../steps/capture.ts'
import { linuxImaging } from '../tools/block-device.ts'
import { withLoopDevice } from '../tools/loop-device.ts'
import type { DiskFileFormat } from './disk-file.ts'
import { contextOf, type FileWork } from './file-work.ts'
import { sectorBytesOf, withFile } from './raw-file.ts'
import { unpackQcow2 } from './unpack-qcow2.ts'

export interface DiskImport {
  readonly file: string
  readonly format: DiskFileFormat
  readonly imageName: string
  readonly importId: string
  /** Copy partitions with an unknown filesystem block by block. */
  readonly includeUnknown: boolean
  /** How the disk is to be read where more than one reading can be true. */
  readonly as?: ReadAs | undefined
  /** Left out: what stands in the file tells. */
  readonly sectorBytes?: 512 | 4096 | undefined
  /** Where a qcow2 file is unpacked. Left out: the system's folder for temporary files. */
  readonly temporaryFolder?: string | undefined
}

/** Far more than any disk has: every map is clipped to its partition. */
const EVERYTHING = [{ offset: 0, length: 2 ** 52 }]

/** Gives the number of the new version. */
export async function importDisk(order: DiskImport, work: FileWork): Promise<number> {
  if (order.format === 'raw') return importRaw(order.file, order, work)
  const folder = await mkdtemp(join(order.temporaryFolder ?? tmpdir(), 'platen-import-'))
  try {
    const rawFile = join(folder, 'disk.raw')
    await withFile(order.file, (source) => unpackQcow2(source, rawFile, work))
    return await importRaw(rawFile, order, work)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function importRaw(file: string, order: DiskImport, work: FileWork): Promise<number> {
  const disk = await withFile(file, (handle) => diskIn(handle, order))
  const onLoop = await withLoopDevice(file, disk.logicalSectorBytes, work, (devicePath) =>
    capture({ ...disk, devicePath }, linuxImaging, order, work),
  )
  if (onLoop.kind === 'done') return onLoop.result
  work.log(
    `the file cannot be attached as a disk (${onLoop.reason}), so nobody can tell which blocks its filesystems use:` +
      ' every block of each partition is kept. Root, with losetup and partclone, keeps used blocks alone.',
  )
  return capture({ ...disk, devicePath: file }, WITHOUT_DEVICE, { ...order, includeUnknown: true }, work)
}

async function capture(disk: Disk, tools: ImagingTools, order: DiskImport, work: FileWork): Promise<number> {
  const { importId, imageName, includeUnknown, as } = order
  const wishes = { imageName, includeUnknown, ...(as === undefined ? {} : { as }) }
  const step = { kind: 'capture', timeoutSeconds: 0, disk: { pick: 'only' }, ...wishes } as const
  const { imageVersion } = await capturePerformer(tools)(step, contextOf(work, importId, [disk]))
  return imageVersion!
}

/**
 * Every block counts as used. Not only those that are not zeros: a deploy leaves unused blocks as they are, and a block of
 * zeros that a filesystem relies on would keep what the target had there.
 */
const WITHOUT_DEVICE: ImagingTools = {
  ...linuxImaging,
  usedExtents: async () => EVERYTHING,
  writeCount: async (file) => (await stat(file)).mtimeMs,
  announcePartitions: async () => undefined,
  kernelPartitions: async () => undefined,
}

async function diskIn(handle: FileHandle, { file: name, as, sectorBytes: said }: DiskImport): Promise<Disk> {
  const { size } = await handle.stat()
  const sectorBytes = size === 0 ? 512 : (said ?? (await sectorBytesOf(handle, as)))
  const sizeBytes = size - (size % sectorBytes)
  if (sizeBytes === 0) throw new AppError('IMAGE_FILE_INVALID', `${name} is empty, or no file`, 'Name a file that holds a disk.')
  return {
    devicePath: name,
    sizeBytes,
    logicalSectorBytes: sectorBytes,
    physicalSectorBytes: sectorBytes,
    isRotational: false,
    isRemovable: false,
    isReadOnly: false,
  }
}
