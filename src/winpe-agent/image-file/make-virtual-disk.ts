// A raw file -> a VMDK, VHD, VHDX or VDI with the same disk in it, read back and compared. Starts qemu-img.
import { open, rm } from 'node:fs/promises'
import { AppError } from '../../contract/errors.ts'
import type { DiskManifest } from '../../contract/image.ts'
import type { VirtualDiskFormat } from '../../imaging/file-content.ts'
import { type QemuFile, qemuCompare, qemuConvert, qemuInfo } from '../tools/qemu-img.ts'
import type { FileWork } from './file-work.ts'
import { QEMU_FORMATS } from './unpack-virtual-disk.ts'

/** VHD: by default its disk is rounded to whole cylinders, and the second copy of a GPT is not at its end any more. */
const OPTIONS: Readonly<Record<VirtualDiskFormat, string>> = {
  vmdk: 'subformat=monolithicSparse',
  vhd: 'subformat=dynamic,force_size=on',
  vhdx: 'subformat=dynamic',
  vdi: '',
}
const VHD_BYTES = 2040 * 1024 ** 3

/** Throws IMAGE_FILE_UNSUPPORTED where the format cannot hold the disk. To be asked before anything is fetched. */
export function refuseDisk({ sectorBytes, sizeBytes }: DiskManifest, format: VirtualDiskFormat): void {
  const reason =
    sectorBytes !== 512
      ? `the disk has sectors of ${sectorBytes} bytes, and a machine would see those of ${format.toUpperCase()} as 512`
      : format === 'vhd' && sizeBytes > VHD_BYTES
        ? `the disk has ${sizeBytes} bytes; VHD holds up to ${VHD_BYTES}`
        : undefined
  if (reason === undefined) return
  throw new AppError(
    'IMAGE_FILE_UNSUPPORTED',
    `${format.toUpperCase()} cannot hold this disk: ${reason}`,
    'Export it as raw or qcow2.',
  )
}

export interface VirtualDiskOrder {
  readonly raw: string
  readonly file: string
  readonly format: VirtualDiskFormat
}

/** Throws IMAGE_VERIFY_FAILED when what was written is not what it was made of. */
export async function makeVirtualDisk({ raw, file, format }: VirtualDiskOrder, work: FileWork): Promise<void> {
  const source: QemuFile = { path: raw, format: 'raw' }
  const target: QemuFile = { path: file, format: QEMU_FORMATS[format] }
  await rm(file, { force: true })
  work.progress({ minorState: `writing ${format}`, percent: 99, transfer: {} })
  await qemuConvert(source, target, work, OPTIONS[format])
  work.progress({ minorState: `comparing ${format}`, percent: 99, transfer: {} })
  const [wanted, made] = [await qemuInfo(source, work), await qemuInfo(target, work)]
  if (wanted.sizeBytes !== made.sizeBytes) {
    throw new AppError(
      'IMAGE_VERIFY_FAILED',
      `the disk has ${wanted.sizeBytes} bytes, in ${file} it has ${made.sizeBytes}`,
      'Export it as raw or qcow2.',
    )
  }
  await qemuCompare(source, target, work)
  const handle = await open(file, 'r')
  await handle.sync().finally(() => handle.close())
}
