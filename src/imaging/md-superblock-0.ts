// md superblocks of version 0.90: in the last whole 64 KiB of a member, in the byte order of the machine that made it. Pure. (Linux: md_p.h, md.c.)
import { MD_MAGIC, MD_SECTOR, MD_SUPERBLOCK_BYTES, type MdSuperblock } from './md-superblock.ts'

const RESERVED_BYTES = 64 * 1024
const KIB = 1024
/** Its fields are words of 32 bits, by number. */
const WORD = {
  major: 1,
  minor: 2,
  id: [5, 13, 14, 15],
  level: 7,
  size: 8,
  memberCount: 10,
  state: 33,
  checksum: 38,
  events: 39,
  checkpointEvents: 41,
  recovery: 43,
  layout: 64,
  chunk: 65,
  disks: 128,
  thisDisk: 992,
} as const
const DISK_WORDS = 32
const DISKS = 27
const IS_CLEAN = 1 << 0
const HAS_BITMAP = 1 << 8
const DISK_FAULTY = 1 << 0
const DISK_ACTIVE = 1 << 1
const DISK_SYNC = 1 << 2
/** Behind the superblock (mdadm, super0.c). */
const BITMAP_OFFSET = 4096

export function md0Place(sizeBytes: number): { readonly metadata: '0.90'; readonly offset: number } {
  return { metadata: '0.90', offset: Math.floor(sizeBytes / RESERVED_BYTES) * RESERVED_BYTES - RESERVED_BYTES }
}

/** undefined: there is none, or its checksum is another. bytes: 4 KiB from that place on. */
export function decodeMd0(bytes: Buffer, offset: number): MdSuperblock | undefined {
  if (bytes.length < MD_SUPERBLOCK_BYTES) return undefined
  const isBig = bytes.readUInt32BE(0) === MD_MAGIC
  if (!isBig && bytes.readUInt32LE(0) !== MD_MAGIC) return undefined
  const word = reader(bytes, isBig)
  const minor = word(WORD.minor)
  if (word(WORD.major) !== 0 || (minor !== 90 && minor !== 91) || checksumOf(bytes, isBig) !== word(WORD.checksum))
    return undefined
  const memberCount = word(WORD.memberCount)
  if (memberCount === 0) return undefined
  const state = word(WORD.state)
  return {
    metadata: '0.90',
    arrayId: WORD.id.map((at) => word(at).toString(16).padStart(8, '0')).join(''),
    deviceId: undefined,
    name: '',
    level: word(WORD.level) | 0,
    layout: word(WORD.layout),
    chunkBytes: word(WORD.chunk),
    memberCount,
    usedBytes: word(WORD.size) * KIB,
    dataOffsetBytes: 0,
    dataBytes: Math.floor(offset / MD_SECTOR) * MD_SECTOR,
    events: eventsOf(word, WORD.events, isBig),
    role: roleOf(word(WORD.thisDisk + 3), word(WORD.thisDisk + 4)),
    activeCount: activeCountOf(word, memberCount),
    unsettled: minor === 91 ? 'it is being reshaped' : (state & IS_CLEAN) === 0 ? NOT_CLEAN : undefined,
    unsupported: isBig ? 'its metadata is that of a machine with the other byte order' : undefined,
    place: { offset, length: MD_SUPERBLOCK_BYTES },
    bitmapOffsetBytes: (state & HAS_BITMAP) === 0 ? undefined : offset + BITMAP_OFFSET,
  }
}

const NOT_CLEAN = 'it was not stopped, or its members were not made equal to the end (resync)'

/** The same, but the members are to be made equal once the array has been started: a checkpoint at the beginning, of this very event. */
export function withResync0(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes)
  const at = (word: number) => word * 4
  changed.writeUInt32LE(changed.readUInt32LE(at(WORD.state)) & ~IS_CLEAN, at(WORD.state))
  changed.writeUInt32LE(0, at(WORD.recovery))
  changed.copy(changed, at(WORD.checkpointEvents), at(WORD.events), at(WORD.events) + 8)
  changed.writeUInt32LE(checksumOf(changed, false), at(WORD.checksum))
  return changed
}

type ReadWord = (number: number) => number

const reader =
  (bytes: Buffer, isBig: boolean): ReadWord =>
  (number) =>
    isBig ? bytes.readUInt32BE(number * 4) : bytes.readUInt32LE(number * 4)

/** Two words, the low one first on machines that write the low byte first. */
function eventsOf(word: ReadWord, at: number, isBig: boolean): bigint {
  const [low, high] = isBig ? [word(at + 1), word(at)] : [word(at), word(at + 1)]
  return (BigInt(high) << 32n) | BigInt(low)
}

function roleOf(raidDisk: number, state: number): MdSuperblock['role'] {
  if ((state & DISK_FAULTY) !== 0) return 'faulty'
  return (state & DISK_SYNC) === 0 ? 'spare' : raidDisk
}

function activeCountOf(word: ReadWord, memberCount: number): number {
  const roles = Array.from({ length: DISKS }, (_, index) => WORD.disks + index * DISK_WORDS)
    .filter((at) => (word(at + 4) & (DISK_ACTIVE | DISK_SYNC | DISK_FAULTY)) === (DISK_ACTIVE | DISK_SYNC))
    .map((at) => word(at + 3))
  return new Set(roles.filter((role) => role < memberCount)).size
}

/** All words but the sum itself, carried over once (md.c, calc_sb_csum). */
function checksumOf(bytes: Buffer, isBig: boolean): number {
  const word = reader(bytes, isBig)
  let sum = 0n
  for (let number = 0; number < MD_SUPERBLOCK_BYTES / 4; number++) if (number !== WORD.checksum) sum += BigInt(word(number))
  return Number(((sum & 0xffff_ffffn) + (sum >> 32n)) & 0xffff_ffffn)
}
