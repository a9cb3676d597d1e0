// The logical volumes of a volume group, each as a space of its own, thin ones by the metadata of their pool. Only reads; LVM's own programs
// are not asked.
import { AppError } from '../../contract/errors.ts'
import { type Extent, normalizeExtents } from '../../imaging/extents.ts'
import { DamagedFilesystem, UncleanFilesystem } from '../../imaging/filesystems/volume.ts'
import { decodeLvmLabel, METADATA_HEADER_BYTES, metadataTextRanges } from '../../imaging/lvm-label.ts'
import { type LvmGroup, type LvmPart, type LvmVolume, lvmGroupOf } from '../../imaging/lvm-volumes.ts'
import { raid0Of } from '../../imaging/md-raid0.ts'
import { type Space, spaceOfPieces, spaceOfStripes } from '../../imaging/spaces.ts'
import { openThinPool } from '../../imaging/thin-metadata.ts'
import { brokenContent, cutOffContent, uncleanContent } from './unfit-content.ts'

export interface PhysicalVolumeLook {
  readonly name: string
  readonly space: Space
  readonly id: string
  /** The label and the metadata areas. */
  readonly own: readonly Extent[]
  /** What stands in its metadata; undefined: it has none that is understood. */
  readonly group: LvmGroup | undefined
}

/** undefined: there is no label that this program knows. */
export async function lookAtPhysicalVolume(
  name: string,
  space: Space,
  head: Uint8Array,
): Promise<PhysicalVolumeLook | undefined> {
  const label = decodeLvmLabel(head)
  if (label === undefined) return undefined
  const areas = label.metadataAreas.filter(({ offset, length }) => offset + length <= space.sizeBytes)
  let group: LvmGroup | undefined
  for (const area of areas) {
    const ranges = metadataTextRanges(await space.read(area.offset, METADATA_HEADER_BYTES))
    const texts = await Promise.all((ranges ?? []).map(({ offset, length }) => space.read(area.offset + offset, length)))
    group ??= lvmGroupOf(Buffer.concat(texts).toString('utf8'), label.id)
  }
  return { name, space, id: label.id, own: areas, group }
}

export interface VolumeSpace {
  readonly name: string
  readonly space: Space
  /** Why all of it is taken as it is. */
  readonly wholeBecause: string | undefined
}

export interface GroupLook {
  readonly volumes: readonly VolumeSpace[]
  /** Of each physical volume that is here: what is the volume manager's own. */
  readonly own: readonly { readonly space: Space; readonly ranges: readonly Extent[] }[]
}

/**
 * Physical volumes of one group, all of which are here. Throws IMAGE_MEMBERS_MISSING, IMAGE_MEMBERS_UNSETTLED, IMAGE_MEMBERS_UNSUPPORTED or
 * what a volume throws.
 */
export async function lookAtGroup(all: readonly PhysicalVolumeLook[], group: LvmGroup, takesWhole: boolean): Promise<GroupLook> {
  refuseTwins(group, all)
  const found = group.physicalVolumes.map((physical) => ({ physical, look: all.find(({ id }) => id === physical.id) }))
  const here = found.flatMap(({ look }) => (look === undefined ? [] : [look]))
  if (here.length < found.length) throw missing(group, here, found.length - here.length)
  const old = here.find((look) => look.group !== undefined && look.group.sequence !== group.sequence)
  if (old !== undefined) throw leftBehind(group, old)
  const other = group.volumes.find(({ otherType }) => otherType !== undefined)
  if (other !== undefined && !takesWhole) throw unsupported(group, other)
  const spaces = new Map<string, Space>()
  const own = found.map(({ physical, look }) => {
    const { space, own: areas, name } = look!
    if (physical.endBytes > space.sizeBytes) throw cutOffContent(name, 'LVM', physical.endBytes, space.sizeBytes)
    spaces.set(physical.name, space)
    return { space, ranges: normalizeExtents([{ offset: 0, length: physical.dataStartBytes }, ...areas]) }
  })
  const plain = group.volumes.flatMap((volume): VolumeSpace[] =>
    volume.parts.length === 0
      ? []
      : [{ name: `${group.name}/${volume.name}`, space: spaceOf(volume, spaces), wholeBecause: volume.wholeBecause }],
  )
  return { own, volumes: await withThinVolumes(group, plain, takesWhole) }
}

function spaceOf({ parts }: LvmVolume, spaces: ReadonlyMap<string, Space>): Space {
  return spaceOfPieces(parts.map((part) => ({ space: spaceOfPart(part, spaces), offset: 0, length: part.length })))
}

function spaceOfPart({ length, chunkBytes, stripes }: LvmPart, spaces: ReadonlyMap<string, Space>): Space {
  const places = stripes.map(({ on, offset }) => ({ space: spaces.get(on)!, offset }))
  const [only, ...others] = places
  if (others.length === 0) return spaceOfPieces([{ ...only!, length }])
  const layout = raid0Of({ level: 0, layout: 0, chunkBytes, memberBytes: places.map(() => length / places.length) })
  if (typeof layout === 'string' || layout.sizeBytes !== length)
    return spaceOfPieces(places.map((place) => ({ ...place, length: length / places.length })))
  return spaceOfStripes(places, chunkBytes, layout)
}

/** What a pool's data is made of are its thin volumes, where their bytes are plain runs of it; its metadata stays, whole. */
async function withThinVolumes(
  { name: groupName, volumes }: LvmGroup,
  plain: readonly VolumeSpace[],
  takesWhole: boolean,
): Promise<VolumeSpace[]> {
  const result = [...plain]
  for (const { name, pool } of volumes) {
    const find = (own: string | undefined) => result.findIndex((each) => each.name === `${groupName}/${own}`)
    const [metadata, data] = [result[find(pool?.metadata)], result[find(pool?.data)]]
    if (pool === undefined || metadata === undefined || data === undefined) continue
    if (pool.isUnknown || !isPlain(volumes, pool.metadata) || !isPlain(volumes, pool.data)) continue
    try {
      const thin = await thinVolumes(groupName, name, { volumes, metadata: metadata.space, data: data.space })
      result.splice(find(pool.data), 1)
      result.push(...thin)
    } catch (error) {
      if (takesWhole && error instanceof AppError) continue
      throw error
    }
  }
  return result
}

const isPlain = (volumes: readonly LvmVolume[], own: string): boolean => volumes.some(({ name, isRun }) => name === own && isRun)

interface PoolSpaces {
  readonly volumes: readonly LvmVolume[]
  readonly metadata: Space
  readonly data: Space
}

async function thinVolumes(groupName: string, poolName: string, { volumes, metadata, data }: PoolSpaces): Promise<VolumeSpace[]> {
  const path = `${groupName}/${poolName}`
  try {
    const pool = await openThinPool(metadata)
    const found: VolumeSpace[] = []
    for (const { name, thin } of volumes) {
      if (thin?.pool !== poolName) continue
      const mappings = await pool.mappingsOf(thin.deviceId)
      if (mappings === undefined) throw new DamagedFilesystem(`it does not know the volume ${name} (${thin.deviceId})`)
      const pieces: { space?: Space; offset: number; length: number }[] = []
      let at = 0
      for (const { virtualBlock, block } of mappings) {
        const start = virtualBlock * pool.blockBytes
        const length = Math.min(pool.blockBytes, thin.sizeBytes - start)
        if (start < at || (block + 1) * pool.blockBytes > data.sizeBytes)
          throw new DamagedFilesystem(`block ${virtualBlock} of ${name} is said to be at block ${block} of the pool`)
        if (length <= 0) continue
        if (start > at) pieces.push({ offset: 0, length: start - at })
        pieces.push({ space: data, offset: block * pool.blockBytes, length })
        at = start + length
      }
      if (thin.sizeBytes > at) pieces.push({ offset: 0, length: thin.sizeBytes - at })
      found.push({ name: `${groupName}/${name}`, space: spaceOfPieces(pieces), wholeBecause: undefined })
    }
    return found
  } catch (error) {
    if (error instanceof DamagedFilesystem) throw brokenContent(path, 'lvm', [error.message])
    if (error instanceof UncleanFilesystem) throw uncleanContent(path, 'lvm', error.message)
    throw error
  }
}

/** A disk and its clone: both say that they are the same one, and only one of them would be read. */
function refuseTwins({ name }: LvmGroup, all: readonly PhysicalVolumeLook[]): void {
  for (const twins of Map.groupBy(all, ({ id }) => id).values()) {
    if (twins.length < 2) continue
    throw new AppError(
      'IMAGE_MEMBERS_UNSETTLED',
      `${twins.map((look) => look.name).join(' and ')} are the same physical volume of the volume group ${name} (${twins[0]!.id}): one is a copy of the other`,
      'Name only the disks that belong together (--disk-serial, --more-disk-serial), or give the copy ids of its own (`vgimportclone`), then capture again.',
    )
  }
}

function unsupported({ name }: LvmGroup, { name: own, otherType }: LvmVolume): AppError {
  return new AppError(
    'IMAGE_MEMBERS_UNSUPPORTED',
    `the volume ${name}/${own} is of type ${otherType}: which of its blocks are in use cannot be told`,
    'Post the job again with --include-unknown to copy all extents of such volumes as they are; or make it a plain volume first (`lvconvert`).',
  )
}

function missing({ name, physicalVolumes }: LvmGroup, here: readonly PhysicalVolumeLook[], lost: number): AppError {
  return new AppError(
    'IMAGE_MEMBERS_MISSING',
    `the volume group ${name} lies on ${physicalVolumes.length} physical volumes, and ${lost} of them are not on the disks of this job; here are ${here.map((look) => look.name).join(', ')}`,
    'Name every disk that the group lies on: --disk-serial for the first, --more-disk-serial for each of the others (`pvs` lists them).',
  )
}

export function leftBehind({ name, sequence }: Pick<LvmGroup, 'name' | 'sequence'>, old: PhysicalVolumeLook): AppError {
  return new AppError(
    'IMAGE_MEMBERS_UNSETTLED',
    `${old.name} was left behind: it has the volume group ${name} in its state ${old.group?.sequence}, others in ${sequence}`,
    'Start the system, see what `vgs` and `pvs` say of it (`vgextend --restoremissing`, `vgreduce --removemissing`), shut it down cleanly, then capture again.',
  )
}
