// The id that a filesystem carries in its first sectors: by it a disk without a table is known again. Pure.
import type { ContentKind } from '../contract/image.ts'
import { identifySignature } from './disk-signature.ts'
import { decodeLvmLabel } from './lvm-label.ts'
import { MD_MAGIC } from './md-superblock.ts'

/** Metadata 1.1 and 1.2. */
const MD_PLACES = [0, 4096]

/** Where each kind keeps it (UUID, or serial number of the volume), and how many bytes it has. */
const PLACES: Partial<Record<ContentKind, readonly [offset: number, length: number]>> = {
  ext: [1024 + 104, 16],
  xfs: [32, 16],
  btrfs: [65_536 + 32, 16],
  f2fs: [1024 + 108, 16],
  ntfs: [72, 8],
  exfat: [100, 4],
}

/** Of a member of an array its own id, of a physical volume that of LVM. */
function idOfMember(bytes: Buffer): string | undefined {
  const md = MD_PLACES.find(
    (at) => bytes.length >= at + 184 && bytes.readUInt32LE(at) === MD_MAGIC && bytes.readUInt32LE(at + 4) === 1,
  )
  if (md !== undefined) return `md-${bytes.toString('hex', md + 168, md + 184)}`
  const label = decodeLvmLabel(bytes)
  return label === undefined ? undefined : `lvm-${Buffer.from(label.id.replaceAll('-', ''), 'latin1').toString('hex')}`
}

/** "ext-" and hex digits; undefined: nothing here that has one. A change of size, or use, does not change it. */
export function filesystemId(head: Uint8Array): string | undefined {
  const signature = identifySignature(head)
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  if (signature.kind === 'opaque') return idOfMember(bytes)
  if (signature.kind !== 'known') return undefined
  const { content } = signature
  const [offset, length] = content === 'fat' ? fatPlace(bytes) : (PLACES[content] ?? [0, 0])
  const id = bytes.toString('hex', offset, offset + length)
  return /^0*$/.test(id) ? undefined : `${content}-${id}`
}

/** FAT32 has its longer parameter block in front of the serial number. */
const fatPlace = (bytes: Buffer): readonly [number, number] => [bytes.toString('latin1', 82, 87) === 'FAT32' ? 67 : 39, 4]
