// What a file is, by what it holds and never by its name. Pure: the first and the last bytes in, a kind out.
import { BUNDLE_MAGIC } from './bundle.ts'
import { identifySignature } from './disk-signature.ts'
import { foreignFormat } from './foreign-formats.ts'
import { type PackedFormat, packedFormat } from './packed-formats.ts'
import { PARTCLONE_MAGIC } from './partclone-image.ts'
import { QCOW2_MAGIC } from './qcow2-reader.ts'
import { isTarHeader } from './tar-entries.ts'
import { vhdFooterOf } from './vhd-footer.ts'

/** How virtual machines keep a disk in a file; qemu-img reads these. */
export type VirtualDiskFormat = 'vmdk' | 'vhd' | 'vhdx' | 'vdi'

export type FileContent =
  | { readonly kind: 'bundle' | 'qcow2' | 'tar' | 'zip' | 'partclone' }
  | { readonly kind: 'virtual-disk'; readonly format: VirtualDiskFormat }
  | { readonly kind: 'packed'; readonly format: PackedFormat }
  /** A disk byte for byte: a partition table, or a filesystem from the first byte on. */
  | { readonly kind: 'disk' }
  /** Known, but not read here; convert says what makes something of it that is. */
  | { readonly kind: 'foreign'; readonly name: string; readonly convert: string }
  | { readonly kind: 'unknown' }

/** How much of the beginning and of the end is looked at. */
export const HEAD_BYTES = 128 * 1024
export const TAIL_BYTES = 4096

export interface FileEnds {
  readonly head: Buffer
  readonly tail: Buffer
  readonly sizeBytes: number
}

export function identifyFile({ head, tail, sizeBytes }: FileEnds): FileContent {
  if (head.subarray(0, BUNDLE_MAGIC.length).equals(BUNDLE_MAGIC)) return { kind: 'bundle' }
  if (head.length >= 4 && head.readUInt32BE(0) === QCOW2_MAGIC) return { kind: 'qcow2' }
  const format = virtualDiskFormat(head, tail, sizeBytes)
  if (format !== undefined) return { kind: 'virtual-disk', format }
  if (startsWith(head, PARTCLONE_MAGIC)) return { kind: 'partclone' }
  if (startsWith(head, 'PK\x03\x04')) return { kind: 'zip' }
  const packed = packedFormat(head)
  if (packed !== undefined) return { kind: 'packed', format: packed }
  if (isTarHeader(head)) return { kind: 'tar' }
  const foreign = foreignFormat(head, tail)
  if (foreign !== undefined) return { kind: 'foreign', ...foreign }
  return isDisk(head, tail) ? { kind: 'disk' } : { kind: 'unknown' }
}

/** KDMV: one file with tables. COWD: the older of ESX. A text: the description of a disk whose data lies in files beside it. */
function virtualDiskFormat(head: Buffer, tail: Buffer, sizeBytes: number): VirtualDiskFormat | undefined {
  if (startsWith(head, 'KDMV') || startsWith(head, 'COWD') || isVmdkText(head)) return 'vmdk'
  if (startsWith(head, 'vhdxfile')) return 'vhdx'
  if (head.length >= 68 && head.readUInt32LE(64) === 0xbeda_107f) return 'vdi'
  const footer = vhdFooterOf(startsWith(head, 'conectix') ? head : tail.subarray(-512))
  if (footer === undefined) return undefined
  // A disk of fixed size stands in front of its footer. The footer alone is a leftover of a disk that was made longer.
  return footer.type !== 'fixed' || footer.sizeBytes + 512 === sizeBytes ? 'vhd' : undefined
}

const isVmdkText = (head: Buffer): boolean => /^[\s#]*Disk DescriptorFile/i.test(head.toString('latin1', 0, 64))

/** Signs of a disk at its beginning (512: an MBR or the boot sector of a filesystem) or the backup of its table at its end. */
function isDisk(head: Buffer, tail: Buffer): boolean {
  const hasGpt = (bytes: Buffer, offset: number) => bytes.toString('latin1', offset, offset + 8) === 'EFI PART'
  if (hasGpt(head, 512) || hasGpt(head, 4096)) return true
  if (head.length >= 512 && head.readUInt16LE(510) === 0xaa55) return true
  if (hasGpt(tail, tail.length - 512) || hasGpt(tail, tail.length - 4096)) return true
  const { kind } = identifySignature(head)
  return kind === 'known' || kind === 'opaque'
}

const startsWith = (head: Buffer, text: string): boolean => head.toString('latin1', 0, text.length) === text

/** The first bytes as a person compares them with lists of magic numbers: hexadecimal, and as letters where they are some. */
export function describeMagic(head: Buffer): string {
  const bytes = head.subarray(0, 16)
  if (bytes.length === 0) return 'nothing'
  const letters = bytes.toString('latin1').replace(/[^\x20-\x7e]/g, '.')
  return `${bytes.toString('hex').replace(/(..)(?=.)/g, '$1 ')} ("${letters}")`
}
