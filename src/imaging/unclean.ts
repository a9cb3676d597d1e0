// Whether the first sectors of a filesystem say that it was not shut down cleanly: what its maps say is then not yet true. Pure.
import type { ContentKind } from '../contract/image.ts'

const EXT_SUPERBLOCK = 1024
/** s_state: 1 it was unmounted, 2 errors were found; s_feature_incompat: 4 the journal holds changes (ext4 disk layout). */
const EXT_STATE = EXT_SUPERBLOCK + 0x3a
const EXT_INCOMPAT = EXT_SUPERBLOCK + 0x60
const EXT_UNMOUNTED = 1
const EXT_HAS_ERRORS = 2
const EXT_NEEDS_RECOVERY = 4
/** Where a Btrfs keeps the tree of writes that were promised to be on disk but are not yet in its other trees. */
const BTRFS_LOG_ROOT = 65_536 + 96

/** undefined: nothing speaks against it here. partclone asks none of these for itself. */
export function uncleanReason(content: ContentKind, head: Uint8Array): string | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  if (content === 'ext' && bytes.length >= EXT_INCOMPAT + 4) {
    const state = bytes.readUInt16LE(EXT_STATE)
    if ((bytes.readUInt32LE(EXT_INCOMPAT) & EXT_NEEDS_RECOVERY) !== 0)
      return 'its journal holds changes that are not yet in place'
    if ((state & EXT_HAS_ERRORS) !== 0) return 'it is marked as having errors'
    if ((state & EXT_UNMOUNTED) === 0) return 'it was not unmounted'
  }
  if (content === 'btrfs' && bytes.length >= BTRFS_LOG_ROOT + 8 && bytes.readBigUInt64LE(BTRFS_LOG_ROOT) !== 0n) {
    return 'its log holds changes that are not yet in place'
  }
  return undefined
}
