// A VMDK, VHD, VHDX or VDI file -> a raw file with holes, by qemu-img. What the file names beside itself is looked at first: a file that anybody made
// must not bring in what else this machine has. Touches the files, starts qemu-img.
import { lstat, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { VirtualDiskFormat } from '../../imaging/file-content.ts'
import { vhdFooterOf } from '../../imaging/vhd-footer.ts'
import { vhdxSectorBytes } from '../../imaging/vhdx-sector.ts'
import { vmdkDataFiles, vmdkEmbeddedDescription } from '../../imaging/vmdk-descriptor.ts'
import { readAt } from '../imaging/open-disk.ts'
import { type QemuFile, type QemuFormat, qemuConvert, qemuInfo, qemuRequiredBytes } from '../tools/qemu-img.ts'
import type { FileWork } from './file-work.ts'
import { withFile } from './raw-file.ts'
import { type Allowance, requireAllowed, requireRoom } from './sparse-file.ts'

export const QEMU_FORMATS: Readonly<Record<VirtualDiskFormat, QemuFormat>> = {
  vmdk: 'vmdk',
  vhd: 'vpc',
  vhdx: 'vhdx',
  vdi: 'vdi',
}

export interface VirtualDisk {
  readonly file: string
  readonly format: VirtualDiskFormat
}

/** Gives the sector size that the file states; undefined: it states none. Throws IMAGE_FILE_UNSUPPORTED, IMAGE_FILE_INVALID. */
export async function unpackVirtualDisk(
  { file, format }: VirtualDisk,
  rawFile: string,
  allowance: Allowance,
  work: FileWork,
): Promise<512 | 4096 | undefined> {
  await refuseReachingOut(file, format)
  const source: QemuFile = { path: file, format: QEMU_FORMATS[format] }
  const { backingFile } = await qemuInfo(source, work)
  if (backingFile !== undefined) throw isDifference(format, backingFile)
  const requiredBytes = await qemuRequiredBytes(source, work)
  requireAllowed(requiredBytes, allowance)
  await requireRoom(dirname(rawFile), requiredBytes)
  work.progress({ minorState: `unpacking ${format}`, percent: 0, transfer: {} })
  await qemuConvert(source, { path: rawFile, format: 'raw' }, work)
  return format === 'vhdx'
    ? withFile(file, (handle) => vhdxSectorBytes((offset, length) => readAt(handle, offset, length)))
    : undefined
}

async function refuseReachingOut(file: string, format: VirtualDiskFormat): Promise<void> {
  switch (format) {
    case 'vmdk':
      return refuseVmdk(file)
    case 'vhd': {
      const head = await withFile(file, (handle) => readAt(handle, 0, 512))
      if (vhdFooterOf(head)?.type === 'differencing') throw isDifference(format, 'its parent')
      return
    }
    // Differences of these are refused by qemu-img itself: it cannot read them.
    case 'vhdx':
    case 'vdi':
      return
  }
}

/** QEMU looks for a parent at byte 512 whatever the head says, and follows the description that the head names. */
const PARENT_AT = 512
const PARENT_BYTES = 20 * 512
const DESCRIPTION_BYTES = 1024 * 1024

async function refuseVmdk(file: string): Promise<void> {
  const description = await withFile(file, async (handle) => {
    const head = await readAt(handle, 0, 512)
    const isText = !['KDMV', 'COWD'].includes(head.toString('latin1', 0, 4))
    if (isText) return (await readAt(handle, 0, DESCRIPTION_BYTES)).toString('latin1')
    const embedded = vmdkEmbeddedDescription(head)
    const named = embedded === undefined ? Buffer.alloc(0) : await readAt(handle, embedded.offset, embedded.length)
    const parent = await readAt(handle, PARENT_AT, PARENT_BYTES)
    // A file with tables names itself as its data; which name it had when it was written means nothing.
    return Buffer.concat([named, Buffer.from('\n'), parent])
      .toString('latin1')
      .replaceAll('\0', '\n')
  })
  const names = vmdkDataFiles(description)
  const isWhole = await withFile(file, async (handle) => holdsItsData(await readAt(handle, 0, 512)))
  if (isWhole) return
  for (const name of names) await requirePlainFile(join(dirname(file), name))
}

/** With a capacity of its own QEMU reads the tables of this file; without, the description counts. */
const holdsItsData = (head: Buffer): boolean =>
  head.toString('latin1', 0, 4) === 'COWD' ||
  (head.length >= 20 && head.toString('latin1', 0, 4) === 'KDMV' && head.readBigUInt64LE(12) !== 0n)

async function requirePlainFile(path: string): Promise<void> {
  const facts = await lstat(path).catch(() => undefined)
  if (facts?.isFile() !== true)
    throw new AppError(
      'IMAGE_FILE_UNSUPPORTED',
      facts === undefined
        ? `the data of this VMDK lies in ${path}, which is not there`
        : `the data of this VMDK is said to lie in ${path}, which is a link, not a plain file`,
      'Put all files of the disk into one folder, as files; the small one with the description is the one to import.',
    )
  // Whoever runs this may read it: what cannot be opened is said by its own name.
  await (await open(path, 'r')).close()
}

function isDifference(format: VirtualDiskFormat, to: string): AppError {
  return new AppError(
    'IMAGE_FILE_UNSUPPORTED',
    `this ${format.toUpperCase()} file is a difference to another file (${to})`,
    'Make one whole file of both where it comes from, then import that: merge its snapshots, or `qemu-img convert FILE WHOLE.qcow2`.',
  )
}
