// A filesystem mounted for the time of some work, apart from all others. Starts mount and umount.
import { mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MountableContent } from '../imaging/imaging-tools.ts'
import type { Run } from '../machine.ts'
import { release } from './release.ts'
import { runCommand } from './run-command.ts'

/** Another disk of this machine may carry a copy, and so the same UUID: XFS refuses that unless told. */
const OPTIONS: Record<MountableContent, readonly string[]> = {
  ext: [],
  xfs: ['-t', 'xfs', '-o', 'nouuid'],
  btrfs: ['-t', 'btrfs'],
  fat: ['-t', 'vfat'],
}

export async function whileMounted<T>(
  partitionPath: string,
  content: MountableContent,
  access: 'read' | 'write',
  { signal }: Run,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'platen-mounted-'))
  try {
    const readOnly = access === 'read' ? ['-o', 'ro'] : []
    await runCommand('mount', [...OPTIONS[content], ...readOnly, partitionPath, directory], { signal })
    try {
      return await work(directory)
    } finally {
      await release('umount', [directory])
    }
  } finally {
    // One that is still mounted stays: why it could not be unmounted is what has to be told.
    await rmdir(directory).catch(() => undefined)
  }
}
