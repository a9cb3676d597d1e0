// Says no to content that cannot be copied as it is, each kind of trouble with its own code and what to do about it. Pure.
import { AppError } from '../../contract/errors.ts'
import type { ContentKind } from '../../contract/image.ts'
import type { Signature } from '../../imaging/disk-signature.ts'
import { formatBytes } from '../../imaging/plan-text.ts'

/** What makes it clean; PATH is the partition. */
const CLEANERS: Partial<Record<ContentKind, string>> = {
  ext: 'Shut the system on that disk down cleanly, or mount and unmount the filesystem once, or check it with `e2fsck -f PATH`',
  xfs: 'Shut the system on that disk down cleanly, or mount and unmount the filesystem once, or mend it with `xfs_repair PATH`',
  btrfs:
    'Shut the system on that disk down cleanly, or mount and unmount the filesystem once; `btrfs check PATH` tells of damage',
  fat: 'Shut the system on that disk down cleanly, or check the filesystem with `fsck.fat -a PATH`',
  exfat: 'Shut the system on that disk down cleanly, or check the filesystem with `fsck.exfat -p PATH`',
  ntfs:
    'Start Windows and let it check the volume (`chkdsk /f`), shut it down with `shutdown /s /t 0` (not hibernate; `powercfg /h off`' +
    ' switches fast start-up off)',
  swap:
    'Start that system, let it come back, and shut it down instead of hibernating it; `mkswap PATH` throws the hibernated session away' +
    ' (with a new UUID)',
}

/** It was not left in a state in which what is on the disk is all there is. */
export function uncleanContent(path: string, content: ContentKind, reason: string): AppError {
  const how = (CLEANERS[content] ?? 'Shut the system on that disk down cleanly').replaceAll('PATH', path)
  return new AppError(
    'IMAGE_CONTENT_UNCLEAN',
    `${path} (${content}) is not in a state in which it can be copied: ${reason}`,
    `${how}, then capture again.`,
  )
}

/** It is clean, but only its raw bytes can be copied, and perhaps a part of it is not even here. */
export function unmappableContent(path: string, variant: string, reason: string): AppError {
  return new AppError(
    'IMAGE_CONTENT_UNMAPPED',
    `${path} (${variant}) cannot be copied by its used blocks: ${reason}`,
    'Post the job again with --include-unknown to copy all of it block by block; what lies on another device is not part of that copy.',
  )
}

/** What checks it finds it broken, or its structures contradict each other. */
export function brokenContent(path: string, content: ContentKind, lines: readonly string[]): AppError {
  return new AppError(
    'IMAGE_CONTENT_BROKEN',
    [`${path} (${content}) is broken; nothing was published`, ...lines].join('\n'),
    `Mend it on the source (${MENDERS[content] ?? 'with its own check'}) and capture again, or post the job with --include-broken: ` +
      'all of it is then copied as it is, and the image says so.',
  )
}

const MENDERS: Partial<Record<ContentKind, string>> = {
  ext: '`e2fsck -f`',
  xfs: '`xfs_repair`',
  btrfs: '`btrfs scrub`, `btrfs check`',
  fat: '`fsck.fat -r`',
  exfat: '`fsck.exfat`',
  ntfs: '`chkdsk /f` in Windows',
  f2fs: '`fsck.f2fs -f`',
  lvm: '`lvconvert --repair` of the pool',
}

/** The filesystem is larger than what it lies in: its end is missing. */
export function cutOffContent(path: string, variant: string, ownBytes: number, roomBytes: number): AppError {
  return new AppError(
    'IMAGE_CONTENT_CUT_OFF',
    `${path} (${variant}) says that it has ${ownBytes} bytes (${formatBytes(ownBytes)}), but there is room for ${roomBytes}: ` +
      `its last ${ownBytes - roomBytes} bytes are not there`,
    'The partition was made smaller without its filesystem, or the copy of the disk was cut off: give the partition its size back, ' +
      'or take the disk or file from its source again.',
  )
}

/** Bound to the TPM of its machine: a copy starts nowhere else, and every block of it differs from every other. */
export function lockedContent(path: string): AppError {
  return new AppError(
    'IMAGE_CONTENT_LOCKED',
    `${path} is encrypted with BitLocker`,
    'Decrypt it in Windows with `manage-bde -off C:` and wait until `manage-bde -status` says that it is, shut down, then capture again.',
  )
}

interface Untold {
  readonly name: string
  readonly what: 'partition' | 'volume'
  readonly sizeBytes: number
  readonly head: Uint8Array
  readonly signature: Signature
}

/** Nobody here can say which of its blocks are in use. */
export function untoldContent({ name, what, sizeBytes, head, signature }: Untold): AppError {
  const found = signature.kind === 'opaque' ? signature.name : 'something that is not known here'
  if (found === 'LUKS') return encryptedContent(name, sizeBytes, head)
  return new AppError(
    'IMAGE_CONTENT_UNKNOWN',
    `${name} (${sizeBytes} bytes) holds ${found}: its used blocks cannot be told`,
    `${INSTEAD[found] ?? ''}Post the job again with --include-unknown to copy it block by block, or remove the ${what}.`,
  )
}

/** What can be done with those that only their own programs read. */
const INSTEAD: Readonly<Record<string, string>> = {
  ZFS:
    'Only ZFS reads a pool: `zfs send` copies its datasets. Raw copies of a pool start only where all of its disks are in the image, and where the' +
    ' pool was exported (`zpool export`). ',
  bcache:
    'What is on it may still be in its cache: detach that first (`echo 1 > /sys/block/bcache0/bcache/detach`, until' +
    ' `cat /sys/block/bcache0/bcache/state` says "no cache"). ',
}

function encryptedContent(name: string, sizeBytes: number, head: Uint8Array): AppError {
  return new AppError(
    'IMAGE_CONTENT_ENCRYPTED',
    `${name} is encrypted with LUKS ${(head[6] ?? 0) * 256 + (head[7] ?? 0)}: which of its ${formatBytes(sizeBytes)} are in use cannot be told`,
    `--include-unknown takes all ${formatBytes(sizeBytes)} as they are, encrypted: nothing of them compresses or is shared with other images,` +
      ' and every copy opens with the same passphrases and has the same master key.',
  )
}
