// The records on the disks of this machine: beside the partitions, without mounting anything, and in the file of its system when the
// appliance asks for that. Only reads.
import { open, readFile } from 'node:fs/promises'
import { type FoundRecords, RECORD_FILE, RECORD_MAX_CHARS } from '../../contract/disk-record.ts'
import type { Disk } from '../../contract/inventory.ts'
import { diskIdsOf } from '../../imaging/disk-identity.ts'
import type { ImagingTools } from '../imaging/imaging-tools.ts'
import type { DiskTools, Run } from '../machine.ts'
import { pathInside } from '../steps/inside.ts'
import { findRoot } from '../steps/linux-root.ts'
import { rootsOn } from '../steps/own-root.ts'
import { recordsOn } from './record-block.ts'

export interface RecordTools {
  readonly disks: Pick<DiskTools, 'findings'>
  readonly imaging: Pick<ImagingTools, 'partitionPath' | 'whileMounted'>
}

/** A disk that cannot be read has none that counts: that is said and goes no further. */
export async function findRecords(
  disks: readonly Disk[],
  { inFile }: { readonly inFile: boolean },
  tools: RecordTools,
  run: Run,
): Promise<FoundRecords> {
  const records: FoundRecords['records'] = []
  for (const disk of disks) {
    try {
      const beside = await besidePartitions(disk)
      const texts = inFile ? [...beside, ...(await insideOf(disk, tools, run))] : beside
      if (texts.length === 0) continue
      const { tableId } = await tools.disks.findings(disk.devicePath, run)
      const told = { ids: diskIdsOf(disk), ...(tableId === undefined ? {} : { tableId }) }
      records.push(...texts.map((text) => ({ text: text.slice(0, RECORD_MAX_CHARS), disk: told })))
    } catch (error) {
      run.signal.throwIfAborted()
      run.log(`no record is read from ${disk.devicePath}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return { records: records.slice(0, MOST) }
}

const MOST = 32

async function besidePartitions({ devicePath, sizeBytes }: Disk): Promise<string[]> {
  const handle = await open(devicePath, 'r')
  try {
    return (await recordsOn(handle, sizeBytes)).map(({ text }) => text)
  } finally {
    await handle.close()
  }
}

async function insideOf(disk: Disk, { imaging }: RecordTools, run: Run): Promise<string[]> {
  const texts: string[] = []
  for (const { number, content } of await rootsOn(disk, run)) {
    const path = imaging.partitionPath(disk.devicePath, number)
    const text = await imaging.whileMounted(path, content, 'read', run, readRecordFile)
    if (text !== undefined) texts.push(text)
  }
  return texts
}

async function readRecordFile(directory: string): Promise<string | undefined> {
  const root = await findRoot(directory)
  if (root === undefined) return undefined
  return readFile(await pathInside(root, RECORD_FILE), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  )
}
