// deploy: plans, prints the plan, checks consent and room, then brings the disk to the image by moving only what differs.
import type { FileHandle } from 'node:fs/promises'
import { describeDisk } from '../../imaging/choose-disk.ts'
import type { DeployPlan } from '../../imaging/deploy-plan.ts'
import { type DiskFindings, type DiskOwnership, refuseForeignDisk } from '../../imaging/foreign-disk.ts'
import { tableIdOfDisk } from '../../imaging/new-ids.ts'
import { formatBytes } from '../../imaging/plan-text.ts'
import { createChunkClient } from '../imaging/chunk-client.ts'
import { ChunkWorkers } from '../imaging/chunk-workers.ts'
import { consentOf } from '../imaging/consent.ts'
import { eraseLeftovers, oldPlaces } from '../imaging/erase-leftovers.ts'
import type { ImagingTools } from '../imaging/imaging-tools.ts'
import { noteDisks } from '../imaging/note-disks.ts'
import { readAt, withDisks, writeAt } from '../imaging/open-disk.ts'
import { type ShrunkPartition, shrinkInMemory, writeShrunk } from '../imaging/shrunk-partition.ts'
import { TransferMeter } from '../imaging/transfer-meter.ts'
import { type VersionDisk, versionDisks } from '../imaging/version-disks.ts'
import { writeChunks } from '../imaging/write-chunks.ts'
import type { DiskTools } from '../machine.ts'
import type { Performer, StepContext } from '../performer.ts'

interface DeployTools {
  readonly disks: Pick<DiskTools, 'findings'>
  readonly imaging: ImagingTools
}

type Checked = Pick<Target, 'ownership' | 'findings'>

interface Target extends VersionDisk {
  readonly ownership: DiskOwnership
  readonly findings: DiskFindings
  readonly shrunk: ShrunkPartition | undefined
}

/** All disks are planned, printed and checked before the first byte of any is written. */
export function deployPerformer({ disks: tools, imaging }: DeployTools): Performer<'deploy'> {
  return async (step, context) => {
    const { disks, contentDigest } = await versionDisks(step, context)
    const meter = new TransferMeter(
      context,
      disks.reduce((sum, { manifest }) => sum + manifest.usedBytes, 0),
    )
    const paths = disks.map(({ disk }) => disk.devicePath)
    const targets: Target[] = []
    try {
      const checked: Checked[] = []
      for (const [index, each] of disks.entries()) checked.push(await checkOne(index, each))
      for (const [index, each] of disks.entries()) targets.push({ ...each, ...checked[index]!, shrunk: await shrunkOf(each) })
      await noteDisks(
        disks.map(({ disk }) => disk),
        context,
      )
      const applyAll = async (handles: readonly FileHandle[]) => {
        for (const [index, target] of targets.entries())
          await apply(target, handles[index]!, { imaging, meter, context, discard: step.discard ?? true })
      }
      await withDisks(paths, 'write', applyAll, { whoHolds: imaging.whoHolds, signal: context.signal })
    } finally {
      for (const { shrunk } of targets) await shrunk?.release()
    }
    for (const path of paths) {
      await imaging
        .announcePartitions(path, context)
        .catch((error: Error) => context.log(`partitions are not announced: ${error.message}`))
    }
    return { transfer: meter.transfer, contentDigest }

    async function shrunkOf({ plan: { shrunk } }: VersionDisk): Promise<ShrunkPartition | undefined> {
      return shrunk === undefined ? undefined : shrinkInMemory(shrunk.shrink, shrunk.chunks, imaging, context)
    }

    async function checkOne(index: number, { disk, plan }: VersionDisk): Promise<Checked> {
      context.log(`deploy of ${step.imageName} version ${step.version} to ${describeDisk(disk)}`)
      for (const line of plan.lines) context.log(line)
      const findings = await tools.findings(disk.devicePath, context)
      // The second disk of an image of several has an id that comes of the first one's.
      const knownTableIds = step.knownTableIds.flatMap((id) => [id, tableIdOfDisk(id, index)])
      const ownership = refuseForeignDisk(disk.devicePath, findings, { ...consentOf(step, disk), knownTableIds })
      context.log(`the disk is ${ownership}${findings.found.length === 0 ? '' : `: ${findings.found.join(', ')}`}`)
      return { ownership, findings }
    }
  }
}

/** A disk that knows what is free writes faster and lasts longer. That it cannot be told is no reason to fail. */
async function discardUnused({ disk, plan }: Target, imaging: ImagingTools, context: StepContext): Promise<void> {
  context.progress({ minorState: 'discarding what is unused', percent: 0, transfer: {} })
  const discarded = await imaging.discard(disk.devicePath, plan.unused, context).catch((error: Error) => {
    context.signal.throwIfAborted()
    context.log(`unused blocks are not discarded: ${error.message}`)
    return 0
  })
  if (discarded > 0) context.log(`discarded ${formatBytes(discarded)} that nobody uses`)
}

interface ApplyDeps {
  readonly imaging: ImagingTools
  readonly meter: TransferMeter
  readonly context: StepContext
  readonly discard: boolean
}

async function apply(target: Target, disk: FileHandle, deps: ApplyDeps): Promise<void> {
  const { imaging, meter, context } = deps
  const { plan, shrunk } = target
  const before = meter.transfer
  const old = await oldPlaces(disk, plan, target.findings)
  meter.now('writing the partition table')
  // First of all: a disk that is cut off half written is known as ours by its table, and the next attempt goes on.
  await writeTable(plan, disk, meter)
  if (deps.discard) await discardUnused(target, imaging, context)
  meter.now('erasing what an earlier use left')
  const erased = await eraseLeftovers(disk, plan, old, context.signal)
  meter.count('bytesWritten', erased)
  if (erased > 0) context.log(`zeroed ${formatBytes(erased)} where an earlier use may have left signatures`)
  const fetched = await writeContent(target, disk, deps)
  if (shrunk !== undefined) {
    meter.now('writing the smaller filesystem')
    await writeShrunk(shrunk, disk, target.disk.devicePath, { imaging, meter, context })
  }
  meter.now('flushing')
  await disk.sync()
  const moved = (counter: 'bytesReceived' | 'bytesWritten') =>
    formatBytes((meter.transfer[counter] ?? 0) - (before[counter] ?? 0))
  context.log(
    `${fetched} of ${plan.chunks.length} chunks differed: received ${moved('bytesReceived')},` +
      ` wrote ${moved('bytesWritten')} in ${meter.seconds.toFixed(1)} s`,
  )
}

async function writeContent({ plan, ownership }: Target, { fd }: FileHandle, { meter, context }: ApplyDeps): Promise<number> {
  const compare = ownership !== 'blank'
  const workers = new ChunkWorkers()
  try {
    meter.now(compare ? 'comparing and writing' : 'writing')
    const { chunkBytes, chunks } = plan
    const client = createChunkClient(context)
    return await writeChunks(chunks, { fd, chunkBytes, workers, client, meter, signal: context.signal, compare })
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
