// What the kernel and libblkid say of a disk. Reads /sys, starts blockdev and blkid; changes nothing on the disk.
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Extent } from '../../imaging/extents.ts'
import type { KernelPartition, Probe } from '../../imaging/second-opinion.ts'
import type { Run } from '../machine.ts'
import { superviseCommand } from './run-command.ts'

/** sysfs counts in these, whatever the disk's own sectors are (Documentation/ABI/stable/sysfs-block). */
const SYSFS_SECTOR_BYTES = 512
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
  const folder = join('/sys/class/block', basename(devicePath))
  const names = await readdir(folder).catch(() => [])
  const found: KernelPartition[] = []
  for (const name of names.filter((each) => each.startsWith(basename(devicePath)))) {
    const [number, start, size] = await Promise.all(
      ['partition', 'start', 'size'].map((file) => numberIn(join(folder, name, file))),
    )
    if (number === undefined || start === undefined || size === undefined) continue
    found.push({ number, startBytes: start * SYSFS_SECTOR_BYTES, sizeBytes: size * SYSFS_SECTOR_BYTES })
  }
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

async function numberIn(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : Number(text)
}
