// Whether the first sectors of a filesystem say that it was not shut down cleanly: what its maps say is then not yet true. Pure.
import type { ContentKind } from '../contract/image.ts'
import { decodeExfat } from './filesystems/exfat.ts'
import { decodeFat, fatIsDirty } from './filesystems/fat.ts'
import { decodeSwap } from './filesystems/swap.ts'
import { decodeXfs, xfsUnclean } from './filesystems/xfs.ts'

const EXT_SUPERBLOCK = 1024
/** s_state: 1 it was unmounted, 2 errors were found; s_feature_incompat: 4 the journal holds changes (ext4 disk layout). */
const EXT_STATE = EXT_SUPERBLOCK + 0x3a
const EXT_INCOMPAT = EXT_SUPERBLOCK + 0x60
const EXT_UNMOUNTED = 1
const EXT_HAS_ERRORS = 2
const EXT_NEEDS_RECOVERY = 4
const EXT_JOURNAL_DEVICE = 8
/** Where a Btrfs keeps the tree of writes that were promised to be on disk but are not yet in its other trees. */
const BTRFS_LOG_ROOT = 65_536 + 96

/** undefined: nothing speaks against it here. What is told elsewhere (the log of an XFS, a hibernated Windows) is asked by tools. */
export function uncleanReason(content: ContentKind, head: Uint8Array): string | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  switch (content) {
    case 'ext':
      return extReason(bytes)
    case 'btrfs': {
      const hasLog = bytes.length >= BTRFS_LOG_ROOT + 8 && bytes.readBigUInt64LE(BTRFS_LOG_ROOT) !== 0n
      return hasLog ? 'its log holds changes that are not yet in place' : undefined
    }
    case 'fat': {
      const layout = decodeFat(head)
      return layout !== undefined && fatIsDirty(head, layout) ? 'it was not unmounted (its dirty bit is set)' : undefined
    }
    case 'exfat':
      return decodeExfat(head)?.isDirty === true ? 'it was not unmounted (its dirty bit is set)' : undefined
    case 'xfs': {
      const superblock = decodeXfs(head)
      return superblock === undefined ? undefined : xfsUnclean(superblock)
    }
    case 'swap':
      return decodeSwap(head)?.isHibernated === true ? 'a hibernated system is kept in it' : undefined
    case 'ntfs':
    case 'f2fs':
    case 'lvm':
    case 'md':
    case 'raw':
    case 'empty':
      return undefined
  }
}

function extReason(bytes: Buffer): string | undefined {
  if (bytes.length < EXT_INCOMPAT + 4) return undefined
  const state = bytes.readUInt16LE(EXT_STATE)
  const incompat = bytes.readUInt32LE(EXT_INCOMPAT)
  if ((incompat & EXT_NEEDS_RECOVERY) !== 0) return 'its journal holds changes that are not yet in place'
  if ((state & EXT_HAS_ERRORS) !== 0) return 'it is marked as having errors'
  // A journal that lies alone is never mounted itself.
  if ((state & EXT_UNMOUNTED) === 0 && (incompat & EXT_JOURNAL_DEVICE) === 0) return 'it was not unmounted'
  return undefined
}
