// deploy: plans, prints the plan, checks consent and room, then brings the disk to the image by moving only what differs.
import type { FileHandle } from 'node:fs/promises'
import { chooseDisk, describeDisk } from '../../imaging/choose-disk.ts'
import { type DeployPlan, planDeploy } from '../../imaging/deploy-plan.ts'
import { refuseForeignDisk } from '../../imaging/foreign-disk.ts'
import { formatBytes } from '../../imaging/plan-text.ts'
import { createChunkClient } from '../imaging/chunk-client.ts'
import { ChunkWorkers } from '../imaging/chunk-workers.ts'
import { fetchDiskManifest } from '../imaging/fetch-manifest.ts'
import type { ImagingTools } from '../imaging/imaging-tools.ts'
import { readAt, withDisk, writeAt } from '../imaging/open-disk.ts'
import { TransferMeter } from '../imaging/transfer-meter.ts'
import { writeChunks } from '../imaging/write-chunks.ts'
import type { DiskTools } from '../machine.ts'
import type { Performer, StepContext, StepOutcome } from '../performer.ts'

interface DeployTools {
  readonly disks: Pick<DiskTools, 'findings'>
  readonly imaging: ImagingTools
}

export function deployPerformer({ disks, imaging }: DeployTools): Performer<'deploy'> {
  return async (step, context) => {
    const disk = chooseDisk(step.disk, context.inventory.disks)
    context.log(`deploy of ${step.imageName} version ${step.version} to ${describeDisk(disk)}`)
    const client = createChunkClient(context)
    const manifest = await fetchDiskManifest(step, client)
    const plan = planDeploy(manifest, { sizeBytes: disk.sizeBytes, sectorBytes: disk.logicalSectorBytes }, step)
    for (const line of plan.lines) context.log(line)

    const findings = await disks.findings(disk.devicePath, context)
    const ownership = refuseForeignDisk(disk.devicePath, findings, step)
    context.log(`the disk is ${ownership}${findings.found.length === 0 ? '' : `: ${findings.found.join(', ')}`}`)

    const outcome = await withDisk(disk.devicePath, 'write', async (handle) => {
      if (step.discard ?? true) await discardUnused(plan, disk.devicePath, imaging, context)
      return apply(plan, handle, ownership !== 'blank', context)
    })
    await imaging
      .announcePartitions(disk.devicePath, context)
      .catch((error: Error) => context.log(`partitions are not announced: ${error.message}`))
    return { ...outcome, contentDigest: manifest.contentDigest }
  }
}

/** A disk that knows what is free writes faster and lasts longer. That it cannot be told is no reason to fail. */
async function discardUnused(
  { unused }: DeployPlan,
  devicePath: string,
  imaging: ImagingTools,
  context: StepContext,
): Promise<void> {
  context.progress({ minorState: 'discarding what is unused', percent: 0, transfer: {} })
  const discarded = await imaging.discard(devicePath, unused, context).catch((error: Error) => {
    context.signal.throwIfAborted()
    context.log(`unused blocks are not discarded: ${error.message}`)
    return 0
  })
  if (discarded > 0) context.log(`discarded ${formatBytes(discarded)} that nobody uses`)
}

async function apply(plan: DeployPlan, disk: FileHandle, compare: boolean, context: StepContext): Promise<StepOutcome> {
  const meter = new TransferMeter(
    context,
    plan.chunks.reduce((sum, { used }) => sum + used.reduce((bytes, range) => bytes + range.length, 0), 0),
  )
  const workers = new ChunkWorkers()
  try {
    meter.now('writing the partition table')
    // First of all: a disk that is cut off half written is known as ours by its table, and the next attempt goes on.
    await writeTable(plan, disk, meter)
    meter.now(compare ? 'comparing and writing' : 'writing')
    const { chunkBytes, chunks } = plan
    const client = createChunkClient(context)
    const fetched = await writeChunks(chunks, {
      fd: disk.fd,
      chunkBytes,
      workers,
      client,
      meter,
      signal: context.signal,
      compare,
    })
    meter.now('flushing')
    await disk.sync()
    const { transfer } = meter
    context.log(
      `${fetched} of ${chunks.length} chunks differed: received ${formatBytes(transfer.bytesReceived ?? 0)},` +
        ` wrote ${formatBytes(transfer.bytesWritten ?? 0)} in ${meter.seconds.toFixed(1)} s`,
    )
    return { transfer }
  } finally {
    await workers.close()
  }
}

async function writeTable({ tableWrites }: DeployPlan, disk: FileHandle, meter: TransferMeter): Promise<void> {
  for (const { offset, bytes } of tableWrites) {
    if ((await readAt(disk, offset, bytes.length)).equals(bytes)) continue
    await writeAt(disk, offset, bytes)
    meter.count('bytesWritten', bytes.length)
  }
  await disk.sync()
}
