// md superblocks of version 1: at the end of a member (1.0), at its beginning (1.1), 4 KiB behind it (1.2). Pure. (Linux: md_p.h, md.c.)
import { MD_MAGIC, MD_SECTOR, MD_SUPERBLOCK_BYTES, type MdMetadata, type MdSuperblock } from './md-superblock.ts'

const FIXED_BYTES = 256
const MOST_DEVICES = 384 * 4
/** feature_map */
const HAS_BITMAP = 0x1
const IS_RECOVERING = 0x2
const IS_RESHAPING = 0x4
const HAS_BAD_BLOCKS = 0x8
const IS_REPLACEMENT = 0x10
const UNSUPPORTED: readonly (readonly [bit: number, words: string])[] = [
  [0x100, 'it belongs to a cluster'],
  [0x200, 'it has a journal on another device'],
  [0xc00, 'it keeps a partial parity log (PPL)'],
]
/** With these and no other it is read here; the layout of uneven RAID 0 and the recovery bitmap change nothing. */
const KNOWN_FEATURES = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800 | 0x1000

const ROLES = { 65535: 'spare', 65534: 'faulty', 65533: 'journal' } as const
const SETTLED = 0xffff_ffff_ffff_ffffn
const CHECKSUM_AT = 216

export interface Md1Place {
  readonly metadata: Exclude<MdMetadata, '0.90'>
  readonly offset: number
}

export function md1Places(sizeBytes: number): Md1Place[] {
  const end = Math.floor((Math.floor(sizeBytes / MD_SECTOR) - 16) / 8) * 8 * MD_SECTOR
  return [
    { metadata: '1.0', offset: end },
    { metadata: '1.1', offset: 0 },
    { metadata: '1.2', offset: 4096 },
  ]
}

/** undefined: there is none, or its checksum is another. bytes: 4 KiB from that place on. */
export function decodeMd1(
  bytes: Buffer,
  { metadata, offset, deviceBytes }: Md1Place & { readonly deviceBytes: number },
): MdSuperblock | undefined {
  if (bytes.length < MD_SUPERBLOCK_BYTES || bytes.readUInt32LE(0) !== MD_MAGIC || bytes.readUInt32LE(4) !== 1) return undefined
  const maxDevices = bytes.readUInt32LE(220)
  if (maxDevices > MOST_DEVICES || sectors(bytes, 144) !== offset) return undefined
  if (checksumOf(bytes, maxDevices) !== bytes.readUInt32LE(CHECKSUM_AT)) return undefined
  const features = bytes.readUInt32LE(8)
  const deviceNumber = bytes.readUInt32LE(160)
  const roles = Array.from({ length: maxDevices }, (_, index) => bytes.readUInt16LE(FIXED_BYTES + 2 * index))
  const memberCount = bytes.readUInt32LE(92)
  const dataOffsetBytes = sectors(bytes, 128)
  const dataBytes = sectors(bytes, 136)
  if (memberCount === 0 || !(dataOffsetBytes + dataBytes <= deviceBytes)) return undefined
  const bitmap = (features & HAS_BITMAP) === 0 ? undefined : offset + bytes.readInt32LE(96) * MD_SECTOR
  return {
    metadata,
    arrayId: bytes.toString('hex', 16, 32),
    deviceId: bytes.toString('hex', 168, 184),
    name: bytes.toString('utf8', 32, 64).replace(/\0.*$/s, ''),
    level: bytes.readInt32LE(72),
    layout: bytes.readUInt32LE(76),
    chunkBytes: bytes.readUInt32LE(88) * MD_SECTOR,
    memberCount,
    usedBytes: sectors(bytes, 80),
    dataOffsetBytes,
    dataBytes,
    events: bytes.readBigUInt64LE(200),
    role: roleOf(roles[deviceNumber]),
    activeCount: new Set(roles.filter((role) => role < memberCount)).size,
    unsettled: unsettledOf(features, bytes.readBigUInt64LE(208)),
    unsupported: unsupportedOf(features),
    place: { offset, length: lengthOf(maxDevices) },
    bitmapOffsetBytes: bitmap !== undefined && (features & 0xc00) === 0 ? bitmap : undefined,
  }
}

/** The same, but the members are to be made equal once the array has been started. */
export function withResync1(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes)
  changed.writeBigUInt64LE(0n, 208)
  changed.writeUInt32LE(checksumOf(changed, changed.readUInt32LE(220)), CHECKSUM_AT)
  return changed
}

/** Whole sectors: devices read and write no less. */
const lengthOf = (maxDevices: number): number => Math.ceil((FIXED_BYTES + 2 * maxDevices) / MD_SECTOR) * MD_SECTOR

function roleOf(role: number | undefined): MdSuperblock['role'] {
  if (role === undefined) return 'spare'
  return role in ROLES ? ROLES[role as keyof typeof ROLES] : role
}

function unsettledOf(features: number, resyncSector: bigint): string | undefined {
  if ((features & IS_RECOVERING) !== 0) return 'this member is being rebuilt'
  if ((features & IS_RESHAPING) !== 0) return 'it is being reshaped'
  if ((features & IS_REPLACEMENT) !== 0) return 'this member is replacing another'
  if ((features & HAS_BAD_BLOCKS) !== 0) return 'blocks of this member are known to be bad'
  return resyncSector === SETTLED ? undefined : 'its members were not made equal to the end (resync)'
}

function unsupportedOf(features: number): string | undefined {
  const [first] = UNSUPPORTED.filter(([bit]) => (features & bit) !== 0)
  if (first !== undefined) return first[1]
  const others = features & ~KNOWN_FEATURES
  return others === 0 ? undefined : `it has features that are not known here (0x${others.toString(16)})`
}

/** All words but the sum itself, carried over once (md.c, calc_sb_1_csum). */
function checksumOf(bytes: Buffer, maxDevices: number): number {
  let sum = 0n
  const end = FIXED_BYTES + 2 * maxDevices
  for (let at = 0; at + 4 <= end; at += 4) if (at !== CHECKSUM_AT) sum += BigInt(bytes.readUInt32LE(at))
  if (end % 4 === 2) sum += BigInt(bytes.readUInt16LE(end - 2))
  return Number(((sum & 0xffff_ffffn) + (sum >> 32n)) & 0xffff_ffffn)
}

const sectors = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at)) * MD_SECTOR
