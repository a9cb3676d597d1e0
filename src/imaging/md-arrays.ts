// Members found on disks -> the arrays that they make up, or why one cannot be copied. Pure.
import { AppError } from '../contract/errors.ts'
import { type MdLayout, mdLayoutOf } from './md-layout.ts'
import type { MdMetadata, MdSuperblock } from './md-superblock.ts'

export interface FoundMember<T> {
  readonly superblock: MdSuperblock
  /** Where it was found, as a person reads it. */
  readonly name: string
  readonly at: T
}

export interface FoundArray<T> {
  readonly id: string
  /** "host:name", or the beginning of its id. */
  readonly name: string
  readonly metadata: MdMetadata
  readonly level: number
  readonly layoutNumber: number
  readonly chunkBytes: number
  readonly layout: MdLayout
  /** By their places; undefined: it has none there. */
  readonly members: readonly (FoundMember<T> | undefined)[]
  readonly spares: readonly FoundMember<T>[]
}

export function groupMembers<T>(members: readonly FoundMember<T>[]): FoundMember<T>[][] {
  return [...Map.groupBy(members, ({ superblock }) => superblock.arrayId).values()]
}

/** One array of its members. Throws IMAGE_MEMBERS_UNSUPPORTED, IMAGE_MEMBERS_UNSETTLED or IMAGE_MEMBERS_MISSING. */
export function arrayOf<T>(found: readonly FoundMember<T>[]): FoundArray<T> {
  const newest = found.reduce((best, each) => (each.superblock.events > best.superblock.events ? each : best))
  const { superblock: own } = newest
  const name = own.name === '' ? own.arrayId.slice(0, 8) : own.name
  const words = `the array ${name} (md ${own.metadata}, ${levelName(own.level)}) of ${found.map((each) => each.name).join(', ')}`
  for (const { superblock } of found) {
    if (superblock.unsupported !== undefined) throw unsupported(words, superblock.unsupported)
    if (superblock.unsettled !== undefined) throw unsettled(words, superblock.unsettled)
  }
  const out = found.find(({ superblock }) => superblock.role === 'faulty' || superblock.role === 'journal')
  if (out !== undefined)
    throw unsettled(words, `${out.name} is ${out.superblock.role === 'journal' ? 'its journal' : 'marked as faulty'}`)
  const other = found.find(({ superblock }) => !isSameArray(superblock, own))
  if (other !== undefined) throw unsettled(words, `${other.name} says something else of it than ${newest.name}`)
  // Spares sleep: what they say may be older.
  const stale = found.find(({ superblock }) => superblock.events !== own.events && superblock.role !== 'spare')
  if (stale !== undefined)
    throw unsettled(
      words,
      `${stale.name} was left behind at event ${stale.superblock.events}, ${newest.name} is at ${own.events}`,
    )
  const members = Array.from({ length: own.memberCount }, (_, role) => found.filter(({ superblock }) => superblock.role === role))
  const twice = members.find((each) => each.length > 1)
  if (twice !== undefined) throw unsettled(words, `${twice.map((each) => each.name).join(' and ')} have the same place in it`)
  // What it does not have itself cannot be named by anybody: it is degraded, and so will the copy be.
  const here = members.flat().length
  if (here < own.activeCount) throw missing(words, own.activeCount - here, own.activeCount)
  const layout = mdLayoutOf({
    level: own.level,
    layout: own.layout,
    chunkBytes: own.chunkBytes,
    memberBytes: members.map(([member]) => roomOf(member?.superblock ?? own)),
  })
  if (typeof layout === 'string') throw unsupported(words, layout)
  const lost = own.memberCount - here
  if (lost > layout.spareCount) throw missing(words, lost, own.memberCount)
  return {
    id: own.arrayId,
    name,
    metadata: own.metadata,
    level: own.level,
    layoutNumber: own.layout,
    chunkBytes: own.chunkBytes,
    layout,
    members: members.map(([member]) => member),
    spares: found.filter(({ superblock }) => superblock.role === 'spare'),
  }
}

export const levelName = (level: number): string => (level >= 0 ? `RAID ${level}` : `level ${level}`)

/** Every member gives as much as the superblock says; of RAID 0 each gives what it has. */
function roomOf({ level, usedBytes, dataBytes }: MdSuperblock): number {
  return level === 0 || usedBytes === 0 ? dataBytes : Math.min(usedBytes, dataBytes)
}

function isSameArray(one: MdSuperblock, other: MdSuperblock): boolean {
  return (
    one.metadata === other.metadata &&
    one.level === other.level &&
    one.layout === other.layout &&
    one.chunkBytes === other.chunkBytes &&
    one.memberCount === other.memberCount &&
    (one.level === 0 || one.usedBytes === other.usedBytes)
  )
}

function unsupported(words: string, reason: string): AppError {
  return new AppError(
    'IMAGE_MEMBERS_UNSUPPORTED',
    `${words} cannot be read as what it is: ${reason}`,
    'Post the job again with --include-unknown to copy each of its members whole, byte by byte; all of them have to be among the disks of the job.',
  )
}

function unsettled(words: string, reason: string): AppError {
  return new AppError(
    'IMAGE_MEMBERS_UNSETTLED',
    `${words} is not in a state in which it can be copied: ${reason}`,
    'Start the system, let it finish (`cat /proc/mdstat`), remove what does not belong to it (`mdadm --zero-superblock`), shut it down cleanly, then capture again.',
  )
}

function missing(words: string, lost: number, count: number): AppError {
  return new AppError(
    'IMAGE_MEMBERS_MISSING',
    `${words} has ${count} members, and ${lost} of them are not on the disks of this job`,
    'Name every disk that the array lies on: --disk-serial for the first, --more-disk-serial for each of the others. Where a disk is lost, replace it and let the array be rebuilt.',
  )
}
