// Tells a disk which of its blocks nobody uses. Reads /sys, starts blkdiscard; what those blocks held is gone.
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Extent } from '../../imaging/extents.ts'
import { totalBytes } from '../../imaging/extents.ts'
import type { Run } from '../machine.ts'
import { runCommand } from './run-command.ts'

/** One process each: the largest count, and a fragmented filesystem must not cost minutes. */
const MOST_RANGES = 1000

export async function discard(devicePath: string, unused: readonly Extent[], { signal }: Run): Promise<number> {
  const limit = await readFile(`/sys/class/block/${basename(devicePath)}/queue/discard_max_bytes`, 'utf8').catch(() => '0')
  if (Number(limit) === 0) return 0
  const largest = [...unused].sort((a, b) => b.length - a.length).slice(0, MOST_RANGES)
  for (const { offset, length } of largest) {
    // --force: without it, blkdiscard wants the disk for itself, and this program has it open.
    await runCommand('blkdiscard', ['--force', '--offset', `${offset}`, '--length', `${length}`, devicePath], { signal })
  }
  return totalBytes(largest)
}
