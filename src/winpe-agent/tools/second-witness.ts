// What the kernel and libblkid say of a disk. Reads /sys, starts blockdev and blkid; changes nothing on the disk.
import type { Extent } from '../../imaging/extents.ts'
import type { KernelPartition, Probe } from '../../imaging/reading-disputes.ts'
import type { Run } from '../machine.ts'
import { partitionsInSysfs } from './partitions-in-sysfs.ts'
import { superviseCommand } from './run-command.ts'

/** blkid(8), exit codes. */
const NOTHING = 2
const AMBIVALENT = 8

/**
 * The partitions that the kernel's own parsers find when they look anew. undefined: it cannot look (in use, or a kernel that parses no tables
 * there), or it has none.
 */
export async function kernelPartitions(devicePath: string, { signal }: Run): Promise<readonly KernelPartition[] | undefined> {
  const { exitCode } = await superviseCommand('blockdev', ['--rereadpt', devicePath], { signal })
  if (exitCode !== 0) return undefined
  const found = await partitionsInSysfs(devicePath)
  return found.length === 0 ? undefined : found
}

/** range: of the disk; left out, all of it. */
export async function probe(devicePath: string, range: Extent | undefined, { signal }: Run): Promise<Probe> {
  const place = range === undefined ? [] : ['--offset', `${range.offset}`, '--size', `${range.length}`]
  const args = ['--probe', '--output', 'export', ...place, devicePath]
  const { exitCode, output } = await superviseCommand('blkid', args, { signal })
  if (exitCode === NOTHING) return { kind: 'nothing' }
  if (exitCode === AMBIVALENT) return { kind: 'ambivalent' }
  if (exitCode !== 0) return { kind: 'unavailable' }
  const value = (name: string) => output.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1)
  return { kind: 'found', type: value('TYPE'), table: value('PTTYPE') }
}
