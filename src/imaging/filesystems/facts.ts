// What the first sectors of a filesystem say of it as a whole: which it is, how large, whether all of it is here and can be told. Pure.
import type { ContentKind } from '../../contract/image.ts'
import { btrfsUnmappable, btrfsUnproven, decodeBtrfs } from './btrfs-superblock.ts'
import { decodeExfat } from './exfat.ts'
import { decodeExt, extUnmappable, extUnproven, extVariant } from './ext-superblock.ts'
import { decodeF2fs } from './f2fs.ts'
import { decodeFat } from './fat.ts'
import { decodeNtfs } from './ntfs.ts'
import { decodeSwap } from './swap.ts'
import { decodeXfs, xfsUnmappable, xfsUnproven } from './xfs.ts'

export type FilesystemVariant =
  | 'ext2'
  | 'ext3'
  | 'ext4'
  | 'FAT12'
  | 'FAT16'
  | 'FAT32'
  | 'exFAT'
  | 'NTFS'
  | 'XFS v4'
  | 'XFS v5'
  | 'Btrfs'
  | 'F2FS'
  | 'swap'

export interface FilesystemFacts {
  readonly variant: FilesystemVariant
  /** Its own size, as its superblock tells it. undefined: it does not. */
  readonly sizeBytes: number | undefined
  /** A part of it lies elsewhere, or its blocks are not counted as others are: only a raw copy is right, or not even that. */
  readonly unmappable: string | undefined
  /** It stands alone, but no test has proven a map of it: all of it is taken. */
  readonly unproven: string | undefined
}

/** undefined: these are not its fields, so nothing can be said. */
export function factsOf(content: ContentKind, head: Uint8Array): FilesystemFacts | undefined {
  switch (content) {
    case 'ext': {
      const found = decodeExt(head)
      const sizeBytes = found && found.blockCount * found.blockBytes
      return found && facts(extVariant(found), sizeBytes, extUnmappable(found), extUnproven(found))
    }
    case 'xfs': {
      const found = decodeXfs(head)
      const sizeBytes = found && found.blockCount * found.blockBytes
      return found && facts(found.version === 4 ? 'XFS v4' : 'XFS v5', sizeBytes, xfsUnmappable(found), xfsUnproven(found))
    }
    case 'btrfs': {
      const found = decodeBtrfs(head)
      return found && facts('Btrfs', found.deviceBytes, btrfsUnmappable(found), btrfsUnproven(found))
    }
    case 'fat': {
      const found = decodeFat(head)
      const unproven = 'it is labelled with another width of its table than its number of clusters says'
      return found && facts(FAT_VARIANT[found.bits], found.sizeBytes, undefined, found.labelledOtherwise ? unproven : undefined)
    }
    case 'exfat': {
      const found = decodeExfat(head)
      const unproven = found?.fatCount === 1 ? undefined : 'it has two tables (TexFAT)'
      return found && facts('exFAT', found.sizeBytes, undefined, unproven)
    }
    case 'ntfs': {
      const found = decodeNtfs(head)
      return found && facts('NTFS', found.volumeBytes, undefined, undefined)
    }
    case 'f2fs': {
      const found = decodeF2fs(head)
      const isAlone = found?.deviceCount === 1
      const unmappable = isAlone ? undefined : `it lies on ${found?.deviceCount} devices`
      // Of several devices it tells the size of all together.
      return found && facts('F2FS', isAlone ? found.sizeBytes : undefined, unmappable, 'no map of an F2FS is proven')
    }
    case 'swap': {
      const found = decodeSwap(head)
      return found && facts('swap', found.sizeBytes, undefined, undefined)
    }
    case 'lvm':
    case 'md':
    case 'raw':
    case 'empty':
      return undefined
  }
}

const FAT_VARIANT = { 12: 'FAT12', 16: 'FAT16', 32: 'FAT32' } as const

const facts = (
  variant: FilesystemVariant,
  sizeBytes: number | undefined,
  unmappable: string | undefined,
  unproven: string | undefined,
): FilesystemFacts => ({ variant, sizeBytes, unmappable, unproven })
