// capture: reads the used blocks of a disk, sends what the store lacks, publishes the version. Never writes to the disk.
import type { FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import { AppError } from '../../contract/errors.ts'
import { type DiskManifest, MANIFEST_FORMAT, type Manifest } from '../../contract/image.ts'
import type { Disk } from '../../contract/inventory.ts'
import type { CaptureStep } from '../../contract/steps.ts'
import { type CapturePlan, describeCapture, diskManifestOf, planCapture } from '../../imaging/capture-plan.ts'
import { chooseDisks, describeDisk } from '../../imaging/choose-disk.ts'
import { ownDiskFault } from '../../imaging/deploy-plan.ts'
import { contentDigestOfManifest, encodeManifest } from '../../imaging/manifest-codec.ts'
import { formatBytes } from '../../imaging/plan-text.ts'
import type { KernelPartition } from '../../imaging/reading-disputes.ts'
import { askOthers, kernelOpinion } from '../imaging/ask-others.ts'
import { type ChunkClient, createChunkClient } from '../imaging/chunk-client.ts'
import { ChunkWorkers } from '../imaging/chunk-workers.ts'
import type { ImagingTools } from '../imaging/imaging-tools.ts'
import { type DiskLook, lookAtDisk } from '../imaging/look-at-disk.ts'
import { withDisk, withDisks } from '../imaging/open-disk.ts'
import { previousVersion } from '../imaging/previous-version.ts'
import { probeDisk } from '../imaging/probe-disk.ts'
import { scanOutside } from '../imaging/scan-outside.ts'
import { sendChunks } from '../imaging/send-chunks.ts'
import { TransferMeter } from '../imaging/transfer-meter.ts'
import { refuseUntold, usedContentOf } from '../imaging/used-content.ts'
import { type LookedAt, usedOfMembers } from '../imaging/used-members.ts'
import type { StackUse } from '../imaging/used-stacks.ts'
import type { Performer, StepContext, StepOutcome } from '../performer.ts'

const compress = promisify(zstdCompress)
/** Chunks can vanish from the store between the question and the manifest when they turn out to be rotten. */
const PUBLISH_ATTEMPTS = 3

/** grow speaks of the first disk. */
interface CaptureWishes extends Pick<CaptureStep, 'includeUnknown' | 'includeBroken'> {
  readonly grow?: string | undefined
}

/** kernel: what the kernel made of it. */
interface LookWishes extends Pick<CaptureStep, 'includeUnknown' | 'as'> {
  readonly kernel: readonly KernelPartition[] | undefined
}

interface DiskToCopy extends LookedAt {
  readonly writesBefore: number | undefined
}

interface Source {
  readonly disk: Disk
  readonly plan: CapturePlan
  readonly writesBefore: number | undefined
}

/** Several disks are one version: it is published when all of them are read, or not at all. */
export function capturePerformer(tools: ImagingTools): Performer<'capture'> {
  return async (step, context) => {
    const disks = chooseDisks([step.disk, ...(step.moreDisks ?? [])], context.inventory.disks)
    const sources: Source[] = []
    const looks: DiskToCopy[] = []
    for (const disk of disks) {
      context.log(`capture of ${describeDisk(disk)} as ${step.imageName}`)
      const kernel = await kernelOpinion({ tools, devicePath: disk.devicePath, run: context })
      await tools.announcePartitions(disk.devicePath, context)
      const writesBefore = await tools.writeCount(disk.devicePath)
      looks.push({ disk, writesBefore, look: await lookAlone(disk, { ...step, kernel }, tools, context) })
    }
    const stacks = await usedOfMembers(looks, { ...step, tools, run: context })
    for (const [index, each] of looks.entries()) {
      const wishes = { ...step, grow: index === 0 ? step.grow : undefined }
      const { disk, writesBefore } = each
      sources.push({ disk, writesBefore, plan: await planOf(each, stacks[index]!, wishes, { tools, context }) })
    }
    const paths = disks.map(({ devicePath }) => devicePath)
    const checkSources = async () => {
      for (const { disk, writesBefore } of sources) {
        if ((await tools.writeCount(disk.devicePath)) !== writesBefore) throw sourceChanged(disk)
      }
    }
    const opening = { whoHolds: tools.whoHolds, signal: context.signal }
    return withDisks(paths, 'read', (handles) => send(sources, handles, context, checkSources), opening)
  }
}

/** Opened alone to see that nobody uses it, but closed again for the tools that tell used blocks: some open it alone, too. */
async function lookAlone(disk: Disk, step: LookWishes, tools: ImagingTools, context: StepContext): Promise<DiskLook> {
  context.progress({ minorState: 'finding used blocks', percent: 0, transfer: {} })
  const geometry = { sizeBytes: disk.sizeBytes, sectorBytes: disk.logicalSectorBytes }
  const opening = { whoHolds: tools.whoHolds, signal: context.signal }
  const look = await withDisk(disk.devicePath, 'read', (handle) => lookAtDisk(handle, geometry, step.as), opening)
  for (const note of look.reading.notes) context.log(note)
  const { includeUnknown } = step
  const deps = { tools, devicePath: disk.devicePath, includeUnknown, run: context }
  const settled = await askOthers(look, step.kernel, deps)
  refuseUntold(settled, deps)
  return settled
}

async function planOf(
  { disk, look }: LookedAt,
  stacks: ReadonlyMap<number, StackUse>,
  step: CaptureWishes,
  { tools, context }: { readonly tools: ImagingTools; readonly context: StepContext },
): Promise<CapturePlan> {
  const { geometry } = look
  const opening = { whoHolds: tools.whoHolds, signal: context.signal }
  const { includeUnknown, includeBroken } = step
  const deps = { tools, devicePath: disk.devicePath, includeUnknown, includeBroken, run: context }
  const inside = await usedContentOf(look, stacks, deps)
  // Last, because it reads all that is free: whatever is refused is refused before.
  const outside = await withDisk(disk.devicePath, 'read', (handle) => scanOutside(handle, look, context), opening)
  const contents = [...outside, ...inside]
  const probed = await probeDisk({ devicePath: disk.devicePath, geometry, table: look.table, contents }, tools, context)
  const plan = planCapture({ geometry, table: look.table, contents, grow: step.grow, probed })
  for (const line of describeCapture(plan)) context.log(line)
  const fault = ownDiskFault(plan)
  if (fault !== undefined) throw cannotBeTrue(disk, fault)
  return plan
}

async function send(
  sources: readonly Source[],
  handles: readonly FileHandle[],
  context: StepContext,
  checkSources: () => Promise<void>,
): Promise<StepOutcome> {
  const client = createChunkClient(context)
  const usedBytes = sources.reduce((sum, { plan }) => sum + plan.usedBytes, 0)
  const meter = new TransferMeter(context, usedBytes)
  const workers = new ChunkWorkers()
  try {
    const previous = await client.reserve(usedBytes)
    for (let attempt = 1; ; attempt++) {
      const known = await previousVersion(previous, client)
      meter.now('reading and sending')
      const disks: DiskManifest[] = []
      for (const [index, { plan }] of sources.entries()) {
        const { fd } = handles[index]!
        const before = { stored: known.stored, previous: known.disks[index] }
        disks.push(
          diskManifestOf(plan, await sendChunks(plan.spans, { fd, workers, client, meter, ...before, signal: context.signal })),
        )
      }
      await checkSources()
      const manifest = { format: MANIFEST_FORMAT, disks } as const
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

async function publish(manifest: Manifest, client: ChunkClient, context: StepContext): Promise<number> {
  context.progress({ minorState: 'publishing the version', percent: 100, transfer: {} })
  const { imageName, version, manifestDigest } = await client.publish(await compress(encodeManifest(manifest)))
  const content = contentDigestOfManifest(manifest)
  context.log(`published ${imageName} version ${version}, manifest ${manifestDigest}, content ${content}`)
  return version
}

function finish(imageVersion: number, manifest: Manifest, meter: TransferMeter, context: StepContext): StepOutcome {
  const { transfer } = meter
  context.log(
    `read ${formatBytes(transfer.bytesRead ?? 0)}, sent ${formatBytes(transfer.bytesSent ?? 0)} in ${meter.seconds.toFixed(1)} s`,
  )
  return { transfer, imageVersion, contentDigest: contentDigestOfManifest(manifest) }
}

function cannotBeTrue(disk: Disk, fault: string): AppError {
  return new AppError(
    'IMAGE_TABLE_INVALID',
    `the partition table of ${disk.devicePath} cannot be true: ${fault}`,
    'Look at the disk with `sfdisk --verify` and `sgdisk --verify`; repair the table, or take every block of the disk with --as raw.',
  )
}

function sourceChanged(disk: Disk): AppError {
  return new AppError(
    'IMAGE_SOURCE_CHANGED',
    `${disk.devicePath} was written to while it was read; nothing was published`,
    'Find what writes to the disk (a script left a mount, a RAID or LVM was started by itself), then capture again.',
  )
}
