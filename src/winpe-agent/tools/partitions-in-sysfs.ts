// The partitions of a disk that the kernel has now, whoever told it of them. Reads /sys.
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { KernelPartition } from '../../imaging/reading-disputes.ts'

/** sysfs counts in these, whatever the disk's own sectors are (Documentation/ABI/stable/sysfs-block). */
const SYSFS_SECTOR_BYTES = 512

export async function partitionsInSysfs(devicePath: string): Promise<readonly KernelPartition[]> {
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
  return found
}

async function numberIn(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : Number(text)
}
