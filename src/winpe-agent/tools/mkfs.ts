// Makes filesystems so that the same plan gives the same bytes. Starts the mkfs tools; writes to partitions.
import type { Run } from '../machine.ts'
import type { FilesystemPlan } from '../steps/disk-layout.ts'
import { runCommand } from './run-command.ts'

/** The time that mkfs tools write where they honour it (reproducible-builds.org, SOURCE_DATE_EPOCH): 2020-01-01. */
export const FIXED_TIME = '1577836800'
/** e2fsprogs before 1.47.1 knows only its own variable. */
export const FIXED_TIME_ENVIRONMENT = { SOURCE_DATE_EPOCH: FIXED_TIME, E2FSPROGS_FAKE_TIME: FIXED_TIME }

export async function makeFilesystem(partitionPath: string, plan: FilesystemPlan, run: Run): Promise<void> {
  const naming = idCommand(partitionPath, plan)
  for (const [file, ...args] of [mkfsCommand(partitionPath, plan), ...(naming === undefined ? [] : [naming])]) {
    // What they print is for people at a terminal; when one fails, its last lines are in the message.
    await runCommand(file, args, { signal: run.signal, environment: FIXED_TIME_ENVIRONMENT })
  }
}

/** Those whose mkfs takes no id are given theirs afterwards: NTFS has 64 bits of it, exFAT 32. */
export function idCommand(partitionPath: string, { kind, uuid }: FilesystemPlan): [string, ...string[]] | undefined {
  if (kind === 'ntfs') return ['ntfslabel', `--new-serial=${uuid.replaceAll('-', '').slice(0, 16)}`, partitionPath]
  return kind === 'exfat' ? ['tune.exfat', '-I', `0x${uuid.slice(0, 8)}`, partitionPath] : undefined
}

export function mkfsCommand(partitionPath: string, { kind, uuid, label }: FilesystemPlan): [string, ...string[]] {
  switch (kind) {
    case 'ext4':
      // Directories are hashed with a seed that is random unless told; lazily made inode tables would hold what the disk held before.
      return [
        'mkfs.ext4',
        '-q',
        '-F',
        '-U',
        uuid,
        '-E',
        `hash_seed=${uuid},lazy_itable_init=0,lazy_journal_init=0`,
        ...labelled('-L', label),
        partitionPath,
      ]
    case 'fat32':
      // The FAT volume id has 32 bits: the first of the UUID. --invariant fixes the time of the label.
      return [
        'mkfs.fat',
        '-F',
        '32',
        '--invariant',
        '-i',
        uuid.slice(0, 8),
        ...labelled('-n', label?.toUpperCase()),
        partitionPath,
      ]
    case 'xfs':
      return ['mkfs.xfs', '-q', '-f', '-m', `uuid=${uuid}`, ...labelled('-L', label), partitionPath]
    case 'btrfs':
      return ['mkfs.btrfs', '--quiet', '--force', '--uuid', uuid, ...labelled('--label', label), partitionPath]
    case 'ntfs':
      // Quick: without a turn over every block.
      return ['mkntfs', '--quick', '--force', '--quiet', '--zero-time', ...labelled('--label', label), partitionPath]
    case 'exfat':
      return ['mkfs.exfat', ...labelled('-L', label), partitionPath]
    case 'swap':
      return ['mkswap', '--force', '--uuid', uuid, ...labelled('--label', label), partitionPath]
  }
}

const labelled = (flag: string, label: string | undefined): string[] => (label === undefined ? [] : [flag, label])
