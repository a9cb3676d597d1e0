// A disk as the Linux kernel shows it: counters, caches, partitions. Reads /sys, starts blockdev and partx.
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { ImagingTools } from '../imaging/imaging-tools.ts'
import { announcePartitions } from './announce-partitions.ts'
import { checkFilesystem } from './check-filesystem.ts'
import { checkFilesystemOf } from './device-pieces.ts'
import { discard } from './discard.ts'
import { partitionPath } from './linux-disks.ts'
import { whileMounted } from './mounted.ts'
import { probeAll } from './probe-all.ts'
import { growFilesystem } from './resize-filesystem.ts'
import { runCommand } from './run-command.ts'
import { kernelPartitions, probe } from './second-witness.ts'
import { shrinkFilesystem } from './shrink-filesystem.ts'
import { openSysfs } from './sysfs.ts'
import { usedExtents, usedExtentsOf } from './used-extents.ts'
import { whoHolds } from './who-holds.ts'

/** Field 7 of the kernel's block statistics: sectors written (Documentation/block/stat.rst). */
const SECTORS_WRITTEN = 6

export const linuxImaging: ImagingTools = {
  partitionPath: (devicePath, number) => (number === 0 ? devicePath : partitionPath(devicePath, number)),
  usedExtents,
  usedExtentsOf,
  growFilesystem,
  shrinkFilesystem,
  checkFilesystem,
  checkFilesystemOf,
  probeAll,
  whoHolds: (devicePath) => whoHolds(devicePath, openSysfs('/')),
  discard,
  whileMounted,
  async writeCount(devicePath) {
    const text = await readFile(`/sys/class/block/${basename(devicePath)}/stat`, 'utf8').catch(() => undefined)
    const count = Number(text?.trim().split(/\s+/)[SECTORS_WRITTEN])
    return Number.isNaN(count) ? undefined : count
  },
  async dropCaches(devicePath, { signal }) {
    await runCommand('blockdev', ['--flushbufs', devicePath], { signal })
  },
  announcePartitions,
  kernelPartitions,
  probe,
}
