// The one table of what is taken by a map of its used blocks, and by which reader. Whatever stands here has cases in the proof matrix
// (test/suites/filesystem-cases.ts), and a test compares both; everything else is taken whole.
import type { ContentKind } from '../../contract/image.ts'
import { isZero } from '../disk-signature.ts'
import { type Extent, intersectExtents, normalizeExtents } from '../extents.ts'
import { usedOfBtrfs } from './btrfs-allocation.ts'
import { decodeBtrfs } from './btrfs-superblock.ts'
import { decodeExfat, usedOfExfat } from './exfat.ts'
import { usedOfExt } from './ext-allocation.ts'
import { decodeExt } from './ext-superblock.ts'
import { type FilesystemVariant, factsOf } from './facts.ts'
import { decodeFat, usedOfFat } from './fat.ts'
import { decodeNtfs, usedOfNtfs } from './ntfs.ts'
import { DamagedFilesystem, UncleanFilesystem, UnprovenMap, type Volume } from './volume.ts'
import { decodeXfs, usedOfXfs } from './xfs.ts'

type Reader = (volume: Volume, head: Uint8Array) => Promise<Extent[]> | undefined

const ext: Reader = (volume, head) => mapWith(decodeExt(head), (found) => usedOfExt(volume, found))
const fat: Reader = (volume, head) => mapWith(decodeFat(head), (found) => usedOfFat(volume, found))
const xfs: Reader = (volume, head) => mapWith(decodeXfs(head), (found) => usedOfXfs(volume, found))

export const PROVEN_MAPS: Partial<Record<FilesystemVariant, { readonly from: string; readonly read: Reader }>> = {
  ext2: { from: 'bitmaps of its groups', read: ext },
  ext3: { from: 'bitmaps of its groups', read: ext },
  ext4: { from: 'bitmaps of its groups', read: ext },
  FAT12: { from: 'its tables', read: fat },
  FAT16: { from: 'its tables', read: fat },
  FAT32: { from: 'its tables', read: fat },
  exFAT: {
    from: 'its map of clusters',
    read: (volume, head) => mapWith(decodeExfat(head), (found) => usedOfExfat(volume, found)),
  },
  NTFS: { from: '$Bitmap', read: (volume, head) => mapWith(decodeNtfs(head), (found) => usedOfNtfs(volume, found)) },
  'XFS v4': { from: 'trees of free space', read: xfs },
  'XFS v5': { from: 'trees of free space', read: xfs },
  Btrfs: {
    from: 'trees of chunks and extents',
    read: (volume, head) => mapWith(decodeBtrfs(head), (found) => usedOfBtrfs(volume, found)),
  },
}

export type FilesystemMap =
  /** In order, and inside of the volume. */
  | { readonly kind: 'mapped'; readonly used: readonly Extent[] }
  | { readonly kind: 'whole' | 'unclean' | 'damaged'; readonly reason: string }

/** Enough of the beginning for every superblock. */
export const FILESYSTEM_HEAD_BYTES = 128 * 1024

/** What of a filesystem is in use, and what stands behind its own end. Only what the volume says, and no refusal of features. */
export async function mapFilesystem(content: ContentKind, volume: Volume): Promise<FilesystemMap> {
  const head = await volume.read(0, Math.min(FILESYSTEM_HEAD_BYTES, volume.sizeBytes))
  const facts = factsOf(content, head)
  if (facts === undefined) return { kind: 'damaged', reason: 'its first sectors contradict each other' }
  if (facts.unproven !== undefined) return { kind: 'whole', reason: facts.unproven }
  try {
    const used = await PROVEN_MAPS[facts.variant]?.read(volume, head)
    if (used === undefined) return { kind: 'whole', reason: `no map of ${facts.variant} is proven` }
    const all = normalizeExtents([...used, ...(await behindEnd(volume, facts.sizeBytes ?? volume.sizeBytes))])
    return { kind: 'mapped', used: intersectExtents(all, [{ offset: 0, length: volume.sizeBytes }]) }
  } catch (error) {
    if (error instanceof UnprovenMap) return { kind: 'whole', reason: error.message }
    if (error instanceof UncleanFilesystem) return { kind: 'unclean', reason: error.message }
    if (error instanceof DamagedFilesystem) return { kind: 'damaged', reason: error.message }
    throw error
  }
}

const PIECE_BYTES = 1024 * 1024

/** Hash trees (dm-verity), a second copy of something, whatever somebody put there: all that is not zeros. */
async function behindEnd(volume: Volume, end: number): Promise<Extent[]> {
  const found: Extent[] = []
  for (let at = end; at < volume.sizeBytes; at += PIECE_BYTES) {
    const bytes = await volume.read(at, Math.min(PIECE_BYTES, volume.sizeBytes - at))
    if (bytes.length === 0) break
    if (!isZero(bytes)) found.push({ offset: at, length: bytes.length })
  }
  return found
}

function mapWith<T>(found: T | undefined, read: (found: T) => Promise<Extent[]>): Promise<Extent[]> | undefined {
  return found === undefined ? undefined : read(found)
}
