// Which blocks of an LVM physical volume are in use: its metadata, and each logical volume by what it holds. Only reads.
import { AppError } from '../../contract/errors.ts'
import { swapHeaderBytes } from '../../imaging/disk-signature.ts'
import { type Extent, totalBytes } from '../../imaging/extents.ts'
import { onDevice } from '../../imaging/lvm-volumes.ts'
import { formatBytes } from '../../imaging/plan-text.ts'
import { type FilesystemPlace, type Fitness, fitnessOf } from './fit-to-copy.ts'
import type { UsedContentDeps } from './imaging-tools.ts'
import type { GroupLook, VolumeLook } from './look-at-volumes.ts'
import { cutOffContent } from './unfit-content.ts'

interface PhysicalVolume {
  readonly path: string
  readonly sizeBytes: number
}

/** Throws before a block is read; includeUnknown takes what cannot be told block by block. By name of the volume. */
export async function judgeVolumes(
  group: GroupLook,
  { path, sizeBytes }: PhysicalVolume,
  deps: UsedContentDeps,
): Promise<ReadonlyMap<string, Fitness>> {
  const { includeUnknown, tools, run } = deps
  if (group.physicalVolumeCount > 1 && !includeUnknown) {
    throw unknown(`${path} is one of ${group.physicalVolumeCount} physical volumes of the group ${group.name}`)
  }
  const places = [...group.metadataAreas, ...group.volumes.flatMap(({ pieces }) => pieces)]
  const end = Math.max(group.dataStartBytes, ...places.map(({ offset, length }) => offset + length))
  if (group.physicalVolumeCount === 1 && end > sizeBytes) throw cutOffContent(path, 'LVM', end, sizeBytes)
  const fitness = new Map<string, Fitness>()
  for (const volume of group.volumes) {
    const { signature, head, pieces } = volume
    const name = `${group.name}/${volume.name}`
    if (!isPlain(volume, group)) continue
    const isTold = signature.kind === 'known' || signature.kind === 'blank' || includeUnknown
    if (!isTold)
      throw unknown(
        `${name} on ${path} holds ${signature.kind === 'opaque' ? signature.name : 'something that is not known here'}`,
      )
    if (signature.kind !== 'known') continue
    const { content } = signature
    const check: FilesystemPlace['check'] = (mapped, depth) => tools.checkFilesystemOfPieces(path, pieces, mapped, depth, run)
    fitness.set(volume.name, await fitnessOf({ name, content, head, sizeBytes: totalBytes(pieces), check }, deps))
  }
  return fitness
}

interface UsedVolumes {
  readonly used: readonly Extent[]
  readonly notes: readonly string[]
  readonly broken?: string
}

/** From the beginning of the partition, and one line for each volume. */
export async function usedOfVolumes(
  group: GroupLook,
  fitness: ReadonlyMap<string, Fitness>,
  path: string,
  { tools, run }: UsedContentDeps,
): Promise<UsedVolumes> {
  const used: Extent[] = [{ offset: 0, length: group.dataStartBytes }, ...group.metadataAreas]
  const notes: string[] = []
  const broken: string[] = []
  for (const volume of group.volumes) {
    const { what, ranges } = await usedOfVolume(volume)
    used.push(...ranges)
    const [taken, all] = [totalBytes(ranges), totalBytes(volume.pieces)].map(formatBytes)
    notes.push(`volume ${group.name}/${volume.name}: ${what}, ${taken} of ${all} in use`)
    const found = fitness.get(volume.name)
    if (found?.kind === 'raw' && found.broken !== undefined) broken.push(`${volume.name}: ${found.broken}`)
    if (found?.kind === 'fit' && found.note !== undefined) notes.push(`volume ${group.name}/${volume.name}: ${found.note}`)
  }
  return { used, notes, ...(broken.length === 0 ? {} : { broken: broken.join('; ') }) }

  async function usedOfVolume(volume: VolumeLook): Promise<{ what: string; ranges: readonly Extent[] }> {
    const { signature, pieces, head } = volume
    if (!isPlain(volume, group)) {
      return { what: `raw, because ${volume.wholeBecause ?? 'the group has other physical volumes'}`, ranges: pieces }
    }
    const found = fitness.get(volume.name)
    if (found?.kind === 'raw') return { what: `raw, because ${found.reason}`, ranges: pieces }
    if (signature.kind !== 'known') return { what: 'raw', ranges: pieces }
    const { content } = signature
    if (content === 'swap') return { what: content, ranges: onDevice([{ offset: 0, length: swapHeaderBytes(head) }], pieces) }
    return { what: content, ranges: onDevice(await tools.usedExtentsOfPieces(path, pieces, content, run), pieces) }
  }
}

/** A plain run of blocks, all of which are here. */
const isPlain = ({ wholeBecause }: VolumeLook, { physicalVolumeCount }: GroupLook): boolean =>
  wholeBecause === undefined && physicalVolumeCount === 1

function unknown(what: string): AppError {
  return new AppError(
    'IMAGE_CONTENT_UNKNOWN',
    `${what}: its used blocks cannot be told`,
    'Post the job again with --include-unknown to copy it block by block, or remove the volume.',
  )
}
