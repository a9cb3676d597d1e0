// verify: reads the used blocks back from the disk, past the caches, and compares them with the manifest; then asks those who did not make
// the copy what they think of it. Only reads.

import type { FileHandle } from 'node:fs/promises'
import { AppError } from '../../contract/errors.ts'
import { describeDisk } from '../../imaging/choose-disk.ts'
import type { TargetChunk } from '../../imaging/chunk-grid.ts'
import type { DeployPlan } from '../../imaging/deploy-plan.ts'
import { totalBytes } from '../../imaging/extents.ts'
import { createChunkClient } from '../imaging/chunk-client.ts'
import { chunkContents } from '../imaging/chunk-content.ts'
import { ChunkWorkers } from '../imaging/chunk-workers.ts'
import { withDirect } from '../imaging/direct-disk.ts'
import type { ImagingTools } from '../imaging/imaging-tools.ts'
import { always, runLanes, windowsOf } from '../imaging/lanes.ts'
import { readAt, withDisk } from '../imaging/open-disk.ts'
import { secondOpinion } from '../imaging/second-opinion.ts'
import { newSlots } from '../imaging/slots.ts'
import { TransferMeter } from '../imaging/transfer-meter.ts'
import { versionDisks } from '../imaging/version-disks.ts'
import { differingChunks } from '../imaging/write-chunks.ts'
import type { Performer, StepContext } from '../performer.ts'

const WINDOW_CHUNKS = 16
const LANES = 2

export function verifyPerformer(imaging: ImagingTools): Performer<'verify'> {
  return async (step, context) => {
    const { disks, contentDigest } = await versionDisks(step, context)
    const meter = new TransferMeter(
      context,
      disks.reduce((sum, { manifest }) => sum + manifest.usedBytes, 0),
    )
    for (const { disk, plan } of disks) {
      context.log(`verify of ${describeDisk(disk)} against ${step.imageName} version ${step.version}`)
      const compare = async (handle: FileHandle) => {
        await imaging.dropCaches(disk.devicePath, context)
        await compareTable(plan, handle)
        const wrong = await compareChunks(plan, handle, meter, context)
        wrong.push(...(await compareParts(plan, handle, context)))
        if (wrong.length > 0)
          throw verifyFailed(`${wrong.length} of ${plan.chunks.length} chunks, the first at byte ${wrong[0]!.offset}`)
        context.log(`verified ${plan.chunks.length} chunks`)
      }
      await withDisk(disk.devicePath, 'read', compare, { whoHolds: imaging.whoHolds, signal: context.signal })
    }
    const asked = { depth: step.check ?? 'quick', hasNewIds: step.newTableId !== undefined } as const
    await secondOpinion(
      disks.map(({ disk, plan, manifest }) => ({ disk, plan, manifest, ...asked })),
      imaging,
      context,
    )
    context.log(`verified in ${meter.seconds.toFixed(1)} s, content ${contentDigest}`)
    return { transfer: meter.transfer, contentDigest, imageVersion: step.version }
  }
}

async function compareTable({ tableWrites }: DeployPlan, disk: FileHandle): Promise<void> {
  for (const { offset, bytes } of tableWrites) {
    if (!(await readAt(disk, offset, bytes.length)).equals(bytes)) throw verifyFailed(`the partition table at byte ${offset}`)
  }
}

async function compareChunks(
  plan: DeployPlan,
  { fd }: FileHandle,
  meter: TransferMeter,
  { signal }: StepContext,
): Promise<TargetChunk[]> {
  const wholeChunks = plan.chunks.filter(({ isPart }) => !isPart)
  const workers = new ChunkWorkers()
  const wrong: TargetChunk[] = []
  const slots = Array.from({ length: LANES }, () => newSlots(WINDOW_CHUNKS, plan.chunkBytes))
  meter.watch(workers)
  meter.now('reading back')
  try {
    await withDirect(fd, 'read', (disk) =>
      runLanes(windowsOf(wholeChunks, WINDOW_CHUNKS), always(LANES), async ({ items }, lane) => {
        signal.throwIfAborted()
        const differing = await differingChunks(items, slots[lane]!, { disk, chunkBytes: plan.chunkBytes, workers, meter })
        wrong.push(...differing.map(({ chunk }) => chunk))
        meter.advance(items.reduce((sum, chunk) => sum + totalBytes(chunk.used), 0))
      }),
    )
    return wrong.sort((a, b) => a.offset - b.offset)
  } finally {
    await workers.close()
  }
}

/** A chunk of which only a part stands here has no digest of its own: it is compared with the bytes that the store has. */
async function compareParts({ chunks }: DeployPlan, disk: FileHandle, context: StepContext): Promise<TargetChunk[]> {
  const wrong: TargetChunk[] = []
  const parts = chunks.filter(({ isPart }) => isPart)
  for await (const { chunk, bytes } of chunkContents(parts, createChunkClient(context))) {
    for (const { offset, length } of chunk.used) {
      const there = await readAt(disk, chunk.offset + offset, length)
      if (!there.equals(bytes.subarray(offset, offset + length))) wrong.push(chunk)
    }
  }
  return wrong
}

function verifyFailed(what: string): AppError {
  return new AppError(
    'IMAGE_VERIFY_FAILED',
    `the disk does not hold what was written: ${what}`,
    'Deploy again; if it fails again, replace the disk (`smartctl -a` tells about it) or its cable.',
  )
}
