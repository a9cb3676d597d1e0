// Superblocks of md as mdadm writes them, for arrays that tests lay out themselves: this kernel has no md that would.
import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { Extent } from '../../src/imaging/extents.ts'
import { mdLayoutOf } from '../../src/imaging/md-layout.ts'
import { spaceOfArray, spaceOnDisk } from '../../src/imaging/spaces.ts'
import { readAt } from '../../src/winpe-agent/imaging/open-disk.ts'

export interface MadeArray {
  readonly metadata: '1.0' | '1.1' | '1.2'
  readonly level: number
  readonly layout?: number
  readonly chunkBytes?: number
  readonly memberCount: number
  readonly name?: string
  readonly id?: Buffer
}

export interface MadeMember {
  readonly deviceBytes: number
  /** 0xffff: a spare, 0xfffe: faulty. */
  readonly role: number
  readonly dataOffsetBytes: number
  readonly dataBytes: number
  readonly usedBytes?: number
  readonly features?: number
  readonly events?: bigint
  /** In sectors; left out: the members are equal. */
  readonly resyncSector?: bigint
  /** Places that have no member. */
  readonly missing?: readonly number[]
}

export function placeOf({ metadata }: Pick<MadeArray, 'metadata'>, deviceBytes: number): number {
  if (metadata === '1.1') return 0
  return metadata === '1.2' ? 4096 : Math.floor((deviceBytes / 512 - 16) / 8) * 8 * 512
}

/** 4 KiB, for the place above. */
export function mdSuperblock(array: MadeArray, member: MadeMember): Buffer {
  const bytes = Buffer.alloc(4096)
  const sectors = (value: number, at: number) => bytes.writeBigUInt64LE(BigInt(value / 512), at)
  const { level, layout = 0, chunkBytes = 0, memberCount, name = 'box:test', id = Buffer.alloc(16, 7) } = array
  const { deviceBytes, role, dataOffsetBytes, dataBytes, usedBytes = level === 0 ? 0 : dataBytes } = member
  bytes.writeUInt32LE(0xa92b4efc, 0)
  bytes.writeUInt32LE(1, 4)
  bytes.writeUInt32LE(member.features ?? 0, 8)
  id.copy(bytes, 16)
  bytes.write(name, 32)
  bytes.writeInt32LE(level, 72)
  bytes.writeUInt32LE(layout, 76)
  sectors(usedBytes, 80)
  bytes.writeUInt32LE(chunkBytes / 512, 88)
  bytes.writeUInt32LE(memberCount, 92)
  sectors(dataOffsetBytes, 128)
  sectors(dataBytes, 136)
  sectors(placeOf(array, deviceBytes), 144)
  bytes.writeUInt32LE(Math.min(role, memberCount), 160)
  randomBytes(16).copy(bytes, 168)
  bytes.writeBigUInt64LE(member.events ?? 17n, 200)
  bytes.writeBigUInt64LE(member.resyncSector ?? 0xffff_ffff_ffff_ffffn, 208)
  const roles = memberCount + 1
  bytes.writeUInt32LE(roles, 220)
  for (let index = 0; index < roles; index++)
    bytes.writeUInt16LE(index < memberCount && !(member.missing ?? []).includes(index) ? index : 0xffff, 256 + 2 * index)
  if (role >= memberCount) bytes.writeUInt16LE(role, 256 + 2 * memberCount)
  let sum = 0n
  for (let at = 0; at + 4 <= 256 + 2 * roles; at += 4) sum += BigInt(bytes.readUInt32LE(at))
  if (roles % 2 === 1) sum += BigInt(bytes.readUInt16LE(256 + 2 * roles - 2))
  bytes.writeUInt32LE(Number(((sum & 0xffff_ffffn) + (sum >> 32n)) & 0xffff_ffffn), 216)
  return bytes
}

interface ArrayOnDevices {
  /** By their places; undefined: not there. */
  readonly paths: readonly (string | undefined)[]
  readonly memberBytes: number
  /** Of the member on its disk; left out, it is all of it. */
  readonly startBytes?: number
}

const DATA_OFFSET = 1024 * 1024

/** Superblocks, and these bytes from the beginning of the array, with their copies and parity. */
export async function writeArray(
  array: MadeArray,
  { paths, memberBytes, startBytes = 0, lost }: ArrayOnDevices & { readonly lost: readonly number[] },
  bytes: Buffer,
): Promise<void> {
  const { layout, dataOffsetBytes, dataBytes } = layoutFor(array, memberBytes)
  const members = paths.map(() => Buffer.alloc(dataBytes))
  for (let at = 0; at < bytes.length; ) {
    const { length, copies } = layout.runAt(at, bytes.length - at)
    for (const copy of copies) bytes.copy(members[copy.member]!, copy.offset, at, at + length)
    at += length
  }
  if (array.level === 5) writeParity(members, array.chunkBytes!)
  for (const [role, path] of paths.entries()) {
    if (lost.includes(role)) continue
    const device = await open(path!, 'r+')
    const superblock = mdSuperblock(array, { deviceBytes: memberBytes, role, dataOffsetBytes, dataBytes, missing: lost })
    await device.write(superblock, 0, superblock.length, startBytes + placeOf(array, memberBytes))
    await device.write(members[role]!, 0, dataBytes, startBytes + dataOffsetBytes)
    await device.sync()
    await device.close()
  }
}

/** Left-symmetric: from the last member backwards, row by row. */
function writeParity(members: readonly Buffer[], chunkBytes: number): void {
  for (let at = 0; at < members[0]!.length; at++) {
    const parity = members.length - 1 - (Math.floor(at / chunkBytes) % members.length)
    let sum = 0
    for (const [index, bytes] of members.entries()) if (index !== parity) sum ^= bytes[at]!
    members[parity]![at] = sum
  }
}

export async function readArray(
  array: MadeArray,
  { paths, memberBytes, startBytes = 0 }: ArrayOnDevices,
  { offset, length }: Extent,
): Promise<Buffer> {
  const { layout, dataOffsetBytes } = layoutFor(array, memberBytes)
  await using files = new AsyncDisposableStack()
  const members = []
  for (const [disk, path] of paths.entries()) {
    if (path === undefined) {
      members.push(undefined)
      continue
    }
    const file = await open(path, 'r')
    files.defer(() => file.close())
    const read = (at: number, count: number) => readAt(file, startBytes + at, count)
    members.push({ space: spaceOnDisk(disk, { offset: 0, length: memberBytes }, path, read), offset: dataOffsetBytes })
  }
  return spaceOfArray(layout, members).read(offset, length)
}

function layoutFor({ metadata, level, layout: number = 0, chunkBytes = 0, memberCount }: MadeArray, deviceBytes: number) {
  const dataOffsetBytes = metadata === '1.0' ? 0 : DATA_OFFSET
  const dataBytes = deviceBytes - DATA_OFFSET
  const layout = mdLayoutOf({
    level,
    layout: number,
    chunkBytes,
    memberBytes: Array.from({ length: memberCount }, () => dataBytes),
  })
  if (typeof layout === 'string') throw new Error(layout)
  return { layout, dataOffsetBytes, dataBytes }
}
