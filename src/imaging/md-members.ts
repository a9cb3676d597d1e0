// The members of md arrays in an image: their superblocks stand in the manifest, like tables, and are written apart from the content. Pure but for
// the read.
import { AppError } from '../contract/errors.ts'
import type { ArrayMember, DiskManifest } from '../contract/image.ts'
import type { DiskGeometry, Placed } from './gpt.ts'
import { partitionRanges } from './grow-plan.ts'
import { type FoundArray, type FoundMember, levelName } from './md-arrays.ts'
import { readMdBitmap, withoutEvents } from './md-bitmap.ts'
import { MD_SUPERBLOCK_BYTES } from './md-superblock.ts'
import { decodeMd0, withResync0 } from './md-superblock-0.ts'
import { decodeMd1, withResync1 } from './md-superblock-1.ts'
import { formatBytes } from './plan-text.ts'
import type { Space } from './spaces.ts'

type DiskOfMembers = Pick<DiskManifest, 'members' | 'table' | 'sizeBytes'>

const PARITY_LEVELS = [4, 5, 6]

export async function arrayMemberOf<T>(
  array: FoundArray<T>,
  { superblock }: FoundMember<T>,
  { number, space }: { readonly number: number; readonly space: Space },
): Promise<ArrayMember> {
  const read = (offset: number, length: number) => space.read(offset, length)
  const bitmap = await readMdBitmap(read, superblock)
  const placed = async ({ offset, length }: { offset: number; length: number }) => ({
    startBytes: offset,
    bytes: (await read(offset, length)).toString('base64'),
  })
  return {
    number,
    arrayId: array.id,
    arrayName: array.name,
    metadata: superblock.metadata,
    level: array.level,
    layout: array.layoutNumber,
    chunkBytes: array.chunkBytes,
    memberCount: array.members.length,
    ...(typeof superblock.role === 'number' ? { role: superblock.role } : {}),
    superblock: await placed(superblock.place),
    ...(bitmap === undefined ? {} : { bitmap: await placed(bitmap.first) }),
  }
}

/**
 * What a deploy writes of them, in disk order. A parity has to be right for blocks that nobody uses as well, and those of a target hold
 * anything: such an array computes it anew when it is first started.
 */
export function encodeMembers({ members = [], table, sizeBytes }: DiskOfMembers, target: DiskGeometry): Placed[] {
  const ranges = partitionRanges(table, sizeBytes)
  return members.flatMap((member) => {
    const start = ranges.find(({ number }) => number === member.number)?.startBytes ?? 0
    refuseOtherEnd(member, sizeBytes, target)
    const hasParity = PARITY_LEVELS.includes(member.level)
    const placed = (block: ArrayMember['superblock'], change: (bytes: Buffer) => Buffer): Placed => ({
      offset: start + block.startBytes,
      bytes: hasParity ? change(bytesOf(block)) : bytesOf(block),
    })
    const superblock = placed(member.superblock, member.metadata === '0.90' ? withResync0 : withResync1)
    return member.bitmap === undefined ? [superblock] : [superblock, placed(member.bitmap, withoutEvents)]
  })
}

/** Metadata at the end is found by the size of the device: on a whole disk that is the disk's. */
function refuseOtherEnd({ number, metadata, arrayName }: ArrayMember, sizeBytes: number, target: DiskGeometry): void {
  const isAtEnd = metadata === '1.0' || metadata === '0.90'
  if (number !== 0 || !isAtEnd || target.sizeBytes === sizeBytes) return
  throw new AppError(
    'IMAGE_DOES_NOT_FIT',
    `the whole disk is a member of the array ${arrayName}, whose metadata (md ${metadata}) stands at its end: it needs a disk of ${sizeBytes} bytes, this one has ${target.sizeBytes}`,
    'Choose a disk of exactly that size, or make the array on partitions, or with metadata 1.2.',
  )
}

export function describeMember({
  number,
  role,
  arrayName,
  arrayId,
  level,
  memberCount,
  metadata,
  chunkBytes,
}: ArrayMember): string {
  const what = number === 0 ? 'disk' : `partition ${number}`
  const place = role === undefined ? 'a spare' : `member ${role} of ${memberCount}`
  const chunks = level === 1 ? '' : `, chunks of ${formatBytes(chunkBytes)}`
  const parity = PARITY_LEVELS.includes(level) ? '; it computes its parity anew when it is first started' : ''
  return `${what}: ${place} of the array ${arrayName} (${arrayId}), ${levelName(level)}, md ${metadata}${chunks}${parity}`
}

/** undefined: every superblock of the manifest is one, of that array, and inside of the partition that it speaks of. */
export function membersFault({ members = [], table, sizeBytes }: DiskOfMembers): string | undefined {
  const ranges = partitionRanges(table, sizeBytes)
  for (const member of members) {
    const name = `partition ${member.number}`
    const range = ranges.find(({ number }) => number === member.number)
    if (range === undefined) return `${name} is a member of an array and is not there`
    if (!isOwn(member, range.sizeBytes)) return `the superblock of ${name} is none of the array ${member.arrayId}`
    const { superblock, bitmap = superblock } = member
    const isInside = [superblock, bitmap].every((block) => block.startBytes + bytesOf(block).length <= range.sizeBytes)
    if (!isInside) return `the superblock or bitmap of ${name} lies outside of it`
  }
  return undefined
}

function isOwn({ metadata, superblock, arrayId, level }: ArrayMember, deviceBytes: number): boolean {
  const offset = superblock.startBytes
  const padded = Buffer.alloc(MD_SUPERBLOCK_BYTES)
  bytesOf(superblock).copy(padded)
  const found = metadata === '0.90' ? decodeMd0(padded, offset) : decodeMd1(padded, { metadata, offset, deviceBytes })
  return found?.arrayId === arrayId && found.level === level && found.place.length === bytesOf(superblock).length
}

const bytesOf = ({ bytes }: { readonly bytes: string }): Buffer => Buffer.from(bytes, 'base64')
