// The logical volumes of a volume group, and where on its physical volumes they lie. Pure: metadata text in, values out.
import { isSection, type LvmSection, type LvmValue, parseLvmText } from './lvm-text.ts'

const SECTOR = 512

export interface LvmPhysicalVolume {
  /** As the group calls it: pv0. */
  readonly name: string
  readonly id: string
  /** Where volumes begin; the metadata stands in front. */
  readonly dataStartBytes: number
  /** Behind the last extent. */
  readonly endBytes: number
}

export interface LvmPlace {
  /** Name of the physical volume. */
  readonly on: string
  readonly offset: number
}

/** A run of a volume: on one place, or in stripes over several. */
export interface LvmPart {
  readonly length: number
  readonly chunkBytes: number
  readonly stripes: readonly LvmPlace[]
}

export interface LvmThin {
  readonly pool: string
  readonly deviceId: number
  readonly sizeBytes: number
}

export interface LvmPool {
  readonly metadata: string
  readonly data: string
  /** Somebody reads it in a way that is not known here. */
  readonly isUnknown: boolean
}

export interface LvmVolume {
  readonly name: string
  /** What of the physical volumes belongs to it, in its own order. */
  readonly parts: readonly LvmPart[]
  /** Why all of it is taken as it is; undefined: its parts are its bytes, and may hold a filesystem. */
  readonly wholeBecause: string | undefined
  /** Its parts one after the other are its bytes, whoever reads them. */
  readonly isRun: boolean
  /** How LVM calls it, where its extents are not its bytes and nobody here can tell which of them are in use: raid1, cache, vdo, snapshot. */
  readonly otherType?: string
  readonly thin?: LvmThin
  readonly pool?: LvmPool
}

export interface LvmGroup {
  readonly name: string
  readonly id: string
  /** Grows with every change of it. */
  readonly sequence: number
  readonly physicalVolumes: readonly LvmPhysicalVolume[]
  readonly volumes: readonly LvmVolume[]
}

/** undefined: the text cannot be understood, or does not speak of this physical volume. */
export function lvmGroupOf(text: string, physicalVolumeId: string): LvmGroup | undefined {
  const found = Object.entries(parseLvmText(text) ?? {}).find(([, value]) => isSection(value))
  if (found === undefined || !isSection(found[1])) return undefined
  const [name, group] = found
  const extentBytes = numberOf(group.extent_size) * SECTOR
  if (!isLength(extentBytes)) return undefined
  const physicalVolumes = sectionsOf(group.physical_volumes).map(([own, section]): LvmPhysicalVolume => {
    const dataStartBytes = numberOf(section.pe_start) * SECTOR
    const endBytes = dataStartBytes + numberOf(section.pe_count) * extentBytes
    return { name: own, id: String(section.id), dataStartBytes, endBytes }
  })
  if (!physicalVolumes.some(({ id }) => id === physicalVolumeId)) return undefined
  if (!physicalVolumes.every(({ dataStartBytes, endBytes }) => isLength(dataStartBytes) && endBytes >= dataStartBytes))
    return undefined

  const logical = sectionsOf(group.logical_volumes)
  const usedByOthers = new Set(logical.flatMap(([, volume]) => namesIn(volume)))
  const snapshots = new Set(logical.flatMap(([, volume]) => segmentsOf(volume).map(({ cow_store: store }) => store)))
  const starts = new Map(physicalVolumes.map((each) => [each.name, each.dataStartBytes]))
  const volumes = logical.map(([volumeName, section]): LvmVolume => {
    const segments = segmentsOf(section)
    const pool = poolOf(volumeName, segments, logical)
    const thin = thinOf(segments, extentBytes)
    const isOnOthers = segments.some((segment) => isStriped(segment) && namesOf(segment).some((each) => !starts.has(each)))
    const otherType = snapshots.has(volumeName) ? 'snapshot' : otherTypeOf(segments, { pool, thin, isOnOthers })
    return {
      name: volumeName,
      parts: segments.flatMap((segment) => partsOf(segment, starts, extentBytes)),
      isRun: segments.every(isStriped) && !isOnOthers,
      wholeBecause: usedByOthers.has(volumeName)
        ? 'another volume is made of it'
        : isOnOthers
          ? 'a part of it lies on another volume'
          : wholeBecause(section, segments),
      ...(otherType === undefined ? {} : { otherType }),
      ...(pool === undefined ? {} : { pool }),
      ...(thin === undefined ? {} : { thin }),
    }
  })
  const ends = new Map(physicalVolumes.map((each) => [each.name, each.endBytes]))
  if (!volumes.every(({ parts }) => parts.every((part) => isPlausible(part, ends)))) return undefined
  return { name, id: String(group.id), sequence: numberOf(group.seqno), physicalVolumes, volumes }
}

/** Nothing of it lies outside of what its physical volumes have. */
function isPlausible({ length, chunkBytes, stripes }: LvmPart, ends: ReadonlyMap<string, number>): boolean {
  const isThere = ({ on, offset }: LvmPlace) =>
    Number.isSafeInteger(offset) && offset >= 0 && offset + length / stripes.length <= ends.get(on)!
  return isLength(length) && isLength(chunkBytes) && isLength(length / stripes.length) && stripes.every(isThere)
}

/** Every area is a pair: a physical volume (or another volume, which has areas of its own) and the extent on it where the area begins. */
function partsOf(segment: LvmSection, starts: ReadonlyMap<string, number>, extentBytes: number): LvmPart[] {
  const places: LvmPlace[] = []
  for (const list of Object.values(segment).filter(Array.isArray) as (readonly LvmValue[])[]) {
    for (const [index, value] of list.entries()) {
      const extent = list[index + 1]
      if (typeof value !== 'string' || typeof extent !== 'number') continue
      const start = starts.get(value)
      if (start !== undefined) places.push({ on: value, offset: start + extent * extentBytes })
    }
  }
  const length = numberOf(segment.extent_count) * extentBytes
  if (places.length === 0) return []
  if (isStriped(segment) && places.length === stripesOf(segment))
    return [{ length, chunkBytes: places.length === 1 ? length : numberOf(segment.stripe_size) * SECTOR, stripes: places }]
  // Whatever it is, its areas are as long as a stripe of it would be: all of them are taken.
  const own = length / stripesOf(segment)
  return places.map((place) => ({ length: own, chunkBytes: own, stripes: [place] }))
}

const isStriped = ({ type }: LvmSection): boolean => type === 'striped' || type === 'linear'

interface Known {
  readonly pool: LvmPool | undefined
  readonly thin: LvmThin | undefined
  readonly isOnOthers: boolean
}

/** undefined: plain runs and stripes of physical volumes, or thin volumes and their pools. The name of a snapshot is that of its store. */
function otherTypeOf(segments: readonly LvmSection[], { pool, thin, isOnOthers }: Known): string | undefined {
  if (isOnOthers) return 'striped over other volumes'
  if (thin !== undefined || pool?.isUnknown === false) return undefined
  const other = segments.find((segment) => !isStriped(segment) && segment.type !== 'snapshot')
  return other === undefined ? undefined : String(other.type)
}

/** A hidden one is the volume manager's own: the spare metadata of pools. */
function wholeBecause({ status }: LvmSection, segments: readonly LvmSection[]): string | undefined {
  if (Array.isArray(status) && !status.includes('VISIBLE')) return 'it is hidden'
  const other = segments.find((segment) => !isStriped(segment))
  return other === undefined ? undefined : `it is of type ${String(other.type)}`
}

function poolOf(own: string, segments: readonly LvmSection[], all: readonly [string, LvmSection][]): LvmPool | undefined {
  const [segment, ...others] = segments
  if (segment?.type !== 'thin-pool' || others.length > 0) return undefined
  const { metadata, pool } = segment
  if (typeof metadata !== 'string' || typeof pool !== 'string') return undefined
  const readers = all.filter(([name, volume]) => name !== own && namesIn(volume).some((each) => each === own || each === pool))
  return { metadata, data: pool, isUnknown: readers.some(([, volume]) => thinOf(segmentsOf(volume), 1) === undefined) }
}

/** One with a volume outside of the pool as its origin reads that where it has nothing itself: it is not a plain one. */
function thinOf(segments: readonly LvmSection[], extentBytes: number): LvmThin | undefined {
  const [segment, ...others] = segments
  if (segment?.type !== 'thin' || others.length > 0 || segment.external_origin !== undefined) return undefined
  const { thin_pool: pool, device_id: deviceId, extent_count: count } = segment
  if (typeof pool !== 'string' || typeof deviceId !== 'number') return undefined
  return { pool, deviceId, sizeBytes: numberOf(count) * extentBytes }
}

/** Words of a segment that name nothing of the group (lvm2, lib/format_text/export.c). */
const NO_NAMES = ['type', 'tags']

/** What its segments are made of, by name: thin_pool, origin, raids … */
const namesIn = (volume: LvmSection): string[] => segmentsOf(volume).flatMap(namesOf)

const namesOf = (segment: LvmSection): string[] =>
  Object.entries(segment).flatMap(([key, value]) =>
    NO_NAMES.includes(key) ? [] : [value].flat().filter((each): each is string => typeof each === 'string'),
  )

const segmentsOf = (volume: LvmSection): LvmSection[] =>
  sectionsOf(volume)
    .filter(([name]) => /^segment\d+$/.test(name))
    .map(([, segment]) => segment)
    .sort((a, b) => numberOf(a.start_extent) - numberOf(b.start_extent))

const sectionsOf = (value: LvmValue | undefined): [string, LvmSection][] =>
  isSection(value) ? Object.entries(value).filter((entry): entry is [string, LvmSection] => isSection(entry[1])) : []

const stripesOf = (segment: LvmSection): number => Math.max(numberOf(segment.stripe_count), 1)
const numberOf = (value: LvmValue | undefined): number => (typeof value === 'number' ? value : 0)
const isLength = (bytes: number): boolean => Number.isSafeInteger(bytes) && bytes > 0
