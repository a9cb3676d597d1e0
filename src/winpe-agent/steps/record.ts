// record: leaves on each disk what was deployed to it, signed by the appliance, and shows the appliance what then stands there.
// Writes beside the partitions, and to a file of the deployed Linux where the job may.
import { mkdir, writeFile } from 'node:fs/promises'
import { posix } from 'node:path'
import {
  formatRecord,
  RECORD_FILE,
  RecordAnswer,
  type RecordedDisk,
  type RecordRequest,
  type SignedRecord,
} from '../../contract/disk-record.ts'
import { Present } from '../../contract/present.ts'
import { diskIdsOf } from '../../imaging/disk-identity.ts'
import type { Extent } from '../../imaging/extents.ts'
import { encodeRecordBlock, freeRecordPlace } from '../../imaging/record-place.ts'
import type { ImagingTools } from '../imaging/imaging-tools.ts'
import { withDisk, writeAt } from '../imaging/open-disk.ts'
import { type VersionDisk, versionDisks } from '../imaging/version-disks.ts'
import type { DiskTools } from '../machine.ts'
import type { Performer, StepContext } from '../performer.ts'
import { findRecords } from '../record/find-records.ts'
import { pathInside } from './inside.ts'
import { type Candidate, candidatesOf, findRoot, rootsAmong, WITH_ROOT } from './linux-root.ts'

interface RecordStepTools {
  readonly disks: Pick<DiskTools, 'findings'>
  readonly imaging: ImagingTools
}

export function recordPerformer({ disks: tools, imaging }: RecordStepTools): Performer<'record'> {
  return async (step, context) => {
    const { disks, contentDigest } = await versionDisks(step, context)
    const places = disks.map(({ plan: { geometry, table, kept } }) =>
      freeRecordPlace({ sizeBytes: geometry.sizeBytes, table, kept }),
    )
    const root = step.writesFile ? await onlyRoot(disks, imaging, context) : undefined
    const place = placeOf(places, root)
    const told: RecordedDisk[] = []
    for (const { disk } of disks) {
      const { tableId } = await tools.findings(disk.devicePath, context)
      told.push({ ids: diskIdsOf(disk), ...(tableId === undefined ? {} : { tableId }) })
    }
    const asked = { leaseId: context.leaseId, contentDigest, disks: told, place }
    const path = `/jobs/${encodeURIComponent(context.jobId)}/record`
    const { records } = await context.client.post(path, asked, RecordAnswer, context.signal)
    if (place === 'none') {
      context.log('there is no room beside the partitions, and no file may be written: this disk carries no record')
      return { transfer: {} }
    }
    for (const [index, free] of places.entries())
      if (free !== undefined) await writeBlock(disks[index]!, free, records[index]!, imaging, context)
    if (root !== undefined) await writeRecordFile(root, records[root.diskIndex]!, imaging, context)
    const { record } = await prove(disks, place === 'file', { disks: tools, imaging }, context)
    context.log(`the disk proves what was deployed to it: its record is ${record}`)
    return { transfer: {} }
  }
}

function placeOf(places: readonly (Extent | undefined)[], root: Candidate | undefined): RecordRequest['place'] {
  if (!places.includes(undefined)) return 'beside'
  return root === undefined ? 'none' : 'file'
}

/** As the next agent does it: what it reads comes from the disk. */
async function prove(
  disks: readonly VersionDisk[],
  inFile: boolean,
  { disks: tools, imaging }: RecordStepTools,
  context: StepContext,
): Promise<Present> {
  for (const { disk } of disks) await imaging.dropCaches(disk.devicePath, context)
  const found = await findRecords(
    disks.map(({ disk }) => disk),
    { inFile },
    { disks: tools, imaging },
    context,
  )
  return context.client.post('/present', found, Present, context.signal)
}

async function onlyRoot(
  disks: readonly VersionDisk[],
  imaging: ImagingTools,
  context: StepContext,
): Promise<Candidate | undefined> {
  for (const { disk } of disks) await imaging.announcePartitions(disk.devicePath, context)
  const roots = await rootsAmong(candidatesOf(disks, WITH_ROOT, imaging), imaging, context)
  return roots.length === 1 ? roots[0] : undefined
}

async function writeBlock(
  { disk: { devicePath } }: VersionDisk,
  { offset, length }: Extent,
  signed: SignedRecord,
  imaging: ImagingTools,
  context: StepContext,
): Promise<void> {
  const block = encodeRecordBlock(formatRecord(signed))
  if (block === undefined) return context.log(`the record is too long for the ${length} bytes beside the partitions`)
  const write = async (handle: Parameters<typeof writeAt>[0]) => {
    await writeAt(handle, offset, block)
    await handle.sync()
  }
  await withDisk(devicePath, 'write', write, { whoHolds: imaging.whoHolds, signal: context.signal })
  context.log(`record written to byte ${offset} of ${devicePath}`)
}

async function writeRecordFile(
  { path, content }: Candidate,
  signed: SignedRecord,
  imaging: ImagingTools,
  context: StepContext,
): Promise<void> {
  await imaging.whileMounted(path, content, 'write', context, async (directory) => {
    const file = await pathInside((await findRoot(directory))!, RECORD_FILE)
    await mkdir(posix.dirname(file), { recursive: true })
    await writeFile(file, `${formatRecord(signed)}\n`, { mode: 0o644 })
  })
  context.log(`record written to /${RECORD_FILE} on ${path}`)
}
