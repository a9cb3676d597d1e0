// Used blocks of a filesystem, by our own readers of its allocation: on a device, in a file, or wherever a function reads it. Only reads.
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Extent } from '../../imaging/extents.ts'
import { mapFilesystem } from '../../imaging/filesystems/proven-maps.ts'
import type { Volume } from '../../imaging/filesystems/volume.ts'
import type { MappedContent } from '../imaging/imaging-tools.ts'
import { readAt } from '../imaging/open-disk.ts'
import { brokenContent, uncleanContent } from '../imaging/unfit-content.ts'
import type { Run } from '../machine.ts'

const SYSFS_SECTOR_BYTES = 512

export function usedExtents(path: string, content: MappedContent, run: Run): Promise<Extent[]> {
  return withVolume(path, (volume) => usedExtentsOf(path, content, volume, run))
}

/** A device or file as its readers see it. */
export function withVolume<T>(path: string, work: (volume: Volume) => Promise<T>): Promise<T> {
  return withFile(path, async (file) =>
    work({ sizeBytes: await sizeOf(path, file), read: (offset, length) => readAt(file, offset, length) }),
  )
}

export async function usedExtentsOf(path: string, content: MappedContent, volume: Volume, run: Run): Promise<Extent[]> {
  const read = (offset: number, length: number) => {
    run.signal.throwIfAborted()
    return volume.read(offset, length)
  }
  const map = await mapFilesystem(content, { ...volume, read })
  switch (map.kind) {
    case 'mapped':
      return [...map.used]
    case 'whole':
      run.log(`${path} (${content}) is taken whole: ${map.reason}`)
      return [{ offset: 0, length: volume.sizeBytes }]
    case 'unclean':
      throw uncleanContent(path, content, map.reason)
    case 'damaged':
      throw brokenContent(path, content, [map.reason])
  }
}

async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'r')
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}

/** A device has no size as a file. */
async function sizeOf(path: string, file: FileHandle): Promise<number> {
  const facts = await file.stat()
  if (!facts.isBlockDevice()) return facts.size
  return Number(await readFile(`/sys/class/block/${basename(path)}/size`, 'utf8')) * SYSFS_SECTOR_BYTES
}
