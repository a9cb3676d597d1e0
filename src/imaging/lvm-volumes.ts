// The logical volumes on one physical volume, and where on it they lie. Pure: metadata text in, plan out.
import type { Extent } from './extents.ts'
import { isSection, type LvmSection, type LvmValue, parseLvmText } from './lvm-text.ts'

const SECTOR = 512

export interface LvmVolume {
  readonly name: string
  /** Its ranges on the physical volume, in the order in which the volume has them. */
  readonly pieces: readonly Extent[]
  /** Why all of it is taken as it is; undefined: it is a plain run of blocks, and may hold a filesystem. */
  readonly wholeBecause: string | undefined
}

export interface LvmGroup {
  readonly name: string
  /** Where volumes begin; the metadata stands in front. */
  readonly dataStartBytes: number
  readonly physicalVolumeCount: number
  /** Those that have at least one block here. */
  readonly volumes: readonly LvmVolume[]
}

/** undefined: the text cannot be understood, does not speak of this physical volume, or names places that are not on it. */
export function lvmGroupOf(text: string, physicalVolumeId: string, deviceBytes = Number.MAX_SAFE_INTEGER): LvmGroup | undefined {
  const found = Object.entries(parseLvmText(text) ?? {}).find(([, value]) => isSection(value))
  if (found === undefined || !isSection(found[1])) return undefined
  const [name, group] = found
  const physical = sectionsOf(group.physical_volumes)
  const own = physical.find(([, { id }]) => id === physicalVolumeId)
  if (own === undefined) return undefined
  const [ownName, { pe_start: start }] = own
  const extentBytes = numberOf(group.extent_size) * SECTOR
  const dataStartBytes = numberOf(start) * SECTOR
  if (!(extentBytes > 0) || !(dataStartBytes > 0)) return undefined

  const place = { ownName, extentBytes, dataStartBytes }
  const logical = sectionsOf(group.logical_volumes)
  const usedByOthers = new Set(logical.flatMap(([, volume]) => namesIn(volume)))
  const volumes = logical.flatMap(([volumeName, volume]): LvmVolume[] => {
    const pieces = piecesOf(volume, place)
    const why = usedByOthers.has(volumeName) ? 'another volume is made of it' : wholeBecause(volume)
    return pieces.length === 0 ? [] : [{ name: volumeName, pieces, wholeBecause: why }]
  })
  const isThere = ({ offset, length }: Extent) =>
    Number.isSafeInteger(offset) && length > 0 && offset >= 0 && offset + length <= deviceBytes
  if (dataStartBytes > deviceBytes || !volumes.every(({ pieces }) => pieces.every(isThere))) return undefined
  return { name, dataStartBytes, physicalVolumeCount: physical.length, volumes }
}

interface Place {
  readonly ownName: string
  readonly extentBytes: number
  readonly dataStartBytes: number
}

/** Every area is a pair: a physical volume (or another volume) and the extent on it where the area begins. */
function piecesOf(volume: LvmSection, { ownName, extentBytes, dataStartBytes }: Place): Extent[] {
  const pieces: Extent[] = []
  for (const segment of segmentsOf(volume)) {
    const count = numberOf(segment.extent_count) / stripesOf(segment)
    for (const list of Object.values(segment).filter(Array.isArray) as (readonly LvmValue[])[]) {
      for (const [index, value] of list.entries()) {
        const extent = list[index + 1]
        if (value !== ownName || typeof extent !== 'number') continue
        pieces.push({ offset: dataStartBytes + extent * extentBytes, length: count * extentBytes })
      }
    }
  }
  return joined(pieces)
}

function wholeBecause(volume: LvmSection): string | undefined {
  for (const segment of segmentsOf(volume)) {
    if (segment.type !== 'striped' && segment.type !== 'linear') return `it is of type ${String(segment.type)}`
    if (stripesOf(segment) > 1) return 'it is striped'
  }
  return undefined
}

/** What its segments are made of, by name: thin_pool, origin, raids … */
function namesIn(volume: LvmSection): string[] {
  return segmentsOf(volume).flatMap((segment) =>
    Object.entries(segment).flatMap(([key, value]) =>
      key === 'type' ? [] : [value].flat().filter((each): each is string => typeof each === 'string'),
    ),
  )
}

const segmentsOf = (volume: LvmSection): LvmSection[] =>
  sectionsOf(volume)
    .filter(([name]) => /^segment\d+$/.test(name))
    .map(([, segment]) => segment)
    .sort((a, b) => numberOf(a.start_extent) - numberOf(b.start_extent))

const sectionsOf = (value: LvmValue | undefined): [string, LvmSection][] =>
  isSection(value) ? Object.entries(value).filter((entry): entry is [string, LvmSection] => isSection(entry[1])) : []

const stripesOf = (segment: LvmSection): number => (typeof segment.stripe_count === 'number' ? segment.stripe_count : 1)
const numberOf = (value: LvmValue | undefined): number => (typeof value === 'number' ? value : 0)

/** Neighbours that follow each other on the disk as well are one piece. */
function joined(pieces: readonly Extent[]): Extent[] {
  const runs: Extent[] = []
  for (const piece of pieces) {
    const last = runs.at(-1)
    if (last !== undefined && last.offset + last.length === piece.offset) {
      runs[runs.length - 1] = { offset: last.offset, length: last.length + piece.length }
    } else runs.push(piece)
  }
  return runs
}

/** Ranges of a volume as ranges of the device that it lies on. */
export function onDevice(ranges: readonly Extent[], pieces: readonly Extent[]): Extent[] {
  const result: Extent[] = []
  for (const range of ranges) {
    let start = 0
    for (const piece of pieces) {
      const from = Math.max(range.offset, start)
      const to = Math.min(range.offset + range.length, start + piece.length)
      if (from < to) result.push({ offset: piece.offset + from - start, length: to - from })
      start += piece.length
    }
  }
  return result
}
