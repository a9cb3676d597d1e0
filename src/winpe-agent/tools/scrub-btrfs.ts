// Whether a Btrfs holds every copy of everything: its offline check reads one of them, the kernel's scrub all. Starts losetup, mount, btrfs and
// umount; nothing is written: the filesystem is mounted from a device that refuses it.
import { mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FilesystemCheck } from '../imaging/imaging-tools.ts'
import type { Run } from '../machine.ts'
import { withLoopDevice } from './loop-device.ts'
import { release } from './release.ts'
import { type CommandEnd, superviseCommand } from './run-command.ts'

const SECTOR_BYTES = 512

export async function scrubBtrfs(path: string, run: Run): Promise<FilesystemCheck> {
  const looked = await withLoopDevice(path, SECTOR_BYTES, run, (device) => scrubDevice(device, run))
  return looked.kind === 'done' ? looked.result : notScrubbed(looked.reason)
}

async function scrubDevice(device: string, run: Run): Promise<FilesystemCheck> {
  const directory = await mkdtemp(join(tmpdir(), 'platen-scrub-'))
  try {
    // Without a log there is nothing to replay, and with "nologreplay" the kernel does not scrub.
    const mounted = await superviseCommand('mount', ['-o', 'ro,nosuid,nodev,noexec', device, directory], run)
    if (mounted.exitCode !== 0) return notScrubbed(mounted.problem ?? mounted.lastLines.join(' '))
    try {
      return judgeScrub(await superviseCommand('btrfs', ['scrub', 'start', '-B', '-r', directory], run))
    } finally {
      await release('umount', [directory])
    }
  } finally {
    await rmdir(directory).catch(() => undefined)
  }
}

/** Its exit status is 0 also when a copy is bad and another one good. */
export function judgeScrub({ exitCode, problem, lastLines }: Omit<CommandEnd, 'output'>): FilesystemCheck {
  if (lastLines.some((line) => /^Error summary:\s+(?!no errors found)\S/.test(line)))
    return { kind: 'broken', lines: ['btrfs scrub finds errors in a copy:', ...lastLines] }
  const isDone = exitCode === 0 && lastLines.some((line) => /^Status:\s+finished/.test(line))
  return isDone ? { kind: 'whole' } : notScrubbed(problem ?? lastLines.join(' '))
}

const notScrubbed = (reason: string): FilesystemCheck => ({
  kind: 'unchecked',
  reason: `btrfs check finds one copy of everything whole, the others were not read: ${reason}`,
})
