// Says no to content that cannot be copied as it is, each kind of trouble with its own code and what to do about it. Pure.
import { AppError } from '../../contract/errors.ts'
import type { ContentKind } from '../../contract/image.ts'
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
