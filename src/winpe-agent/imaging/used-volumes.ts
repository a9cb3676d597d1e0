// Which blocks of an LVM physical volume are in use: its metadata, and each logical volume by what it holds. Only reads.
import { AppError } from '../../contract/errors.ts'
import { swapHeaderBytes } from '../../imaging/disk-signature.ts'
import { type Extent, totalBytes } from '../../imaging/extents.ts'
import { onDevice } from '../../imaging/lvm-volumes.ts'
import { formatBytes } from '../../imaging/plan-text.ts'
import { uncleanReason } from '../../imaging/unclean.ts'
import type { UsedContentDeps } from './imaging-tools.ts'
import type { GroupLook, VolumeLook } from './look-at-volumes.ts'
import { uncleanContent } from './unclean-content.ts'

/** Throws before a block is read; includeUnknown takes what cannot be told block by block. */
export function refuseVolumes(group: GroupLook, path: string, includeUnknown: boolean): void {
  if (group.physicalVolumeCount > 1 && !includeUnknown) {
    throw unknown(`${path} is one of ${group.physicalVolumeCount} physical volumes of the group ${group.name}`)
  }
  for (const volume of group.volumes) {
    const { signature, head } = volume
    const name = `${group.name}/${volume.name}`
    if (!isPlain(volume, group)) continue
    const isTold = signature.kind === 'known' || signature.kind === 'blank' || includeUnknown
    if (!isTold)
      throw unknown(
        `${name} on ${path} holds ${signature.kind === 'opaque' ? signature.name : 'something that is not known here'}`,
      )
    const unclean = signature.kind === 'known' ? uncleanReason(signature.content, head) : undefined
    if (signature.kind === 'known' && unclean !== undefined) throw uncleanContent(name, signature.content, unclean)
  }
}

/** From the beginning of the partition, and one line for each volume. */
export async function usedOfVolumes(
  group: GroupLook,
  path: string,
  { tools, run }: UsedContentDeps,
): Promise<{ readonly used: readonly Extent[]; readonly notes: readonly string[] }> {
  const used: Extent[] = [{ offset: 0, length: group.dataStartBytes }, ...group.metadataAreas]
  const notes: string[] = []
  for (const volume of group.volumes) {
    const { what, ranges } = await usedOfVolume(volume)
    used.push(...ranges)
    notes.push(
      `volume ${group.name}/${volume.name}: ${what}, ${formatBytes(totalBytes(ranges))} of ${formatBytes(totalBytes(volume.pieces))} in use`,
    )
  }
  return { used, notes }

  async function usedOfVolume(volume: VolumeLook): Promise<{ what: string; ranges: readonly Extent[] }> {
    const { signature, pieces, head } = volume
    if (!isPlain(volume, group)) {
      return { what: `raw, because ${volume.wholeBecause ?? 'the group has other physical volumes'}`, ranges: pieces }
    }
    if (signature.kind !== 'known') return { what: 'raw', ranges: pieces }
    const { content } = signature
    if (content === 'swap') return { what: content, ranges: onDevice([{ offset: 0, length: swapHeaderBytes(head) }], pieces) }
    // NTFS keeps a copy of its first sector behind its end, which its map does not know: too rare in a volume to be clever about.
    if (content === 'ntfs') return { what: 'ntfs, taken whole', ranges: pieces }
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
