// capture: reads the used blocks of a disk, sends what the store lacks, publishes the version. Never writes to the disk.
import type { FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import { AppError } from '../../contract/errors.ts'
import { type DiskManifest, MANIFEST_FORMAT } from '../../contract/image.ts'
import type { Disk } from '../../contract/inventory.ts'
import type { CaptureStep } from '../../contract/steps.ts'
import { type CapturePlan, describeCapture, diskManifestOf, planCapture } from '../../imaging/capture-plan.ts'
import { chooseDisk, describeDisk } from '../../imaging/choose-disk.ts'
import { encodeManifest } from '../../imaging/manifest-codec.ts'
import { formatBytes } from '../../imaging/plan-text.ts'
import { type ChunkClient, createChunkClient } from '../imaging/chunk-client.ts'
import { ChunkWorkers } from '../imaging/chunk-workers.ts'
import type { ImagingTools } from '../imaging/imaging-tools.ts'
import { lookAtDisk } from '../imaging/look-at-disk.ts'
import { withDisk } from '../imaging/open-disk.ts'
import { sendChunks } from '../imaging/send-chunks.ts'
import { TransferMeter } from '../imaging/transfer-meter.ts'
import { usedContentOf } from '../imaging/used-content.ts'
import type { Performer, StepContext, StepOutcome } from '../performer.ts'

const compress = promisify(zstdCompress)
/** Chunks can vanish from the store between the question and the manifest when they turn out to be rotten. */
const PUBLISH_ATTEMPTS = 3

export function capturePerformer(tools: ImagingTools): Performer<'capture'> {
  return async (step, context) => {
    const disk = chooseDisk(step.disk, context.inventory.disks)
    context.log(`capture of ${describeDisk(disk)} as ${step.imageName}`)
    await tools.announcePartitions(disk.devicePath, context)
    const writesBefore = await tools.writeCount(disk.devicePath)
    const plan = await planOf(disk, step, tools, context)
    return withDisk(disk.devicePath, 'read', (handle) =>
      send(plan, handle, context, async () => {
        if ((await tools.writeCount(disk.devicePath)) !== writesBefore) throw sourceChanged(disk)
      }),
    )
  }
}

/** Opened alone to see that nobody uses it, but closed again for the tools that tell used blocks: some open it alone, too. */
async function planOf(disk: Disk, step: CaptureStep, tools: ImagingTools, context: StepContext): Promise<CapturePlan> {
  context.progress({ minorState: 'finding used blocks', percent: 0, transfer: {} })
  const geometry = { sizeBytes: disk.sizeBytes, sectorBytes: disk.logicalSectorBytes }
  const look = await withDisk(disk.devicePath, 'read', (handle) => lookAtDisk(handle, geometry))
  const deps = { tools, devicePath: disk.devicePath, includeUnknown: step.includeUnknown, run: context }
  const plan = planCapture({ geometry, table: look.table, contents: await usedContentOf(look, deps), grow: step.grow })
  for (const line of describeCapture(plan)) context.log(line)
  return plan
}

async function send(
  plan: CapturePlan,
  { fd }: FileHandle,
  context: StepContext,
  checkSource: () => Promise<void>,
): Promise<StepOutcome> {
  const client = createChunkClient(context)
  const meter = new TransferMeter(context, plan.usedBytes)
  const workers = new ChunkWorkers()
  try {
    await client.reserve(plan.usedBytes)
    for (let attempt = 1; ; attempt++) {
      meter.now('reading and sending')
      const digests = await sendChunks(plan.spans, { fd, workers, client, meter, signal: context.signal })
      await checkSource()
      const manifest = diskManifestOf(plan, digests)
      const version = await publish(manifest, client, context).catch((error: unknown) => {
        const mayRetry = error instanceof AppError && error.code === 'IMAGE_MANIFEST_INCOMPLETE' && attempt < PUBLISH_ATTEMPTS
        if (!mayRetry) throw error
        context.log(`${error.message}; sending what lacks`)
        return undefined
      })
      if (version !== undefined) return finish(version, manifest, meter, context)
    }
  } finally {
    await workers.close()
  }
}

async function publish(disk: DiskManifest, client: ChunkClient, context: StepContext): Promise<number> {
  context.progress({ minorState: 'publishing the version', percent: 100, transfer: {} })
  const bytes = await compress(encodeManifest({ format: MANIFEST_FORMAT, disks: [disk] }))
  const { imageName, version, manifestDigest } = await client.publish(bytes)
  context.log(`published ${imageName} version ${version}, manifest ${manifestDigest}, content ${disk.contentDigest}`)
  return version
}

function finish(imageVersion: number, { contentDigest }: DiskManifest, meter: TransferMeter, context: StepContext): StepOutcome {
  const { transfer } = meter
  context.log(
    `read ${formatBytes(transfer.bytesRead ?? 0)}, sent ${formatBytes(transfer.bytesSent ?? 0)} in ${meter.seconds.toFixed(1)} s`,
  )
  return { transfer, imageVersion, contentDigest }
}

function sourceChanged(disk: Disk): AppError {
  return new AppError(
    'IMAGE_SOURCE_CHANGED',
    `${disk.devicePath} was written to while it was read; nothing was published`,
    'Find what writes to the disk (a script left a mount, a RAID or LVM was started by itself), then capture again.',
  )
}
