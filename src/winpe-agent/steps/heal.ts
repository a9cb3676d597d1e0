// heal: the store lost chunks of a version that this machine's disk still holds: reads just those, and sends the ones that are what they were.
// Never writes to the disk.
import { AppError } from '../../contract/errors.ts'
import type { DiskManifest } from '../../contract/image.ts'
import type { Disk } from '../../contract/inventory.ts'
import type { HealStep } from '../../contract/steps.ts'
import { chooseDisks, describeDisk } from '../../imaging/choose-disk.ts'
import { totalBytes } from '../../imaging/extents.ts'
import { storedChunksOf, unpackDisk } from '../../imaging/manifest-codec.ts'
import { type ChunkClient, createChunkClient } from '../imaging/chunk-client.ts'
import { ChunkWorkers } from '../imaging/chunk-workers.ts'
import { fetchManifest } from '../imaging/fetch-manifest.ts'
import { withDisk } from '../imaging/open-disk.ts'
import { sendChunks } from '../imaging/send-chunks.ts'
import { sendPacks } from '../imaging/send-packs.ts'
import { TransferMeter } from '../imaging/transfer-meter.ts'
import type { Performer, StepContext, StepOutcome } from '../performer.ts'

export const healPerformer: Performer<'heal'> = async (step, context) => {
  const disks = chooseDisks([step.disk, ...(step.moreDisks ?? [])], context.inventory.disks)
  const client = createChunkClient(context)
  const manifest = await fetchManifest(step, client)
  const lost = new Set(await client.missing([...storedChunksOf(manifest)]))
  context.log(`the store lacks ${lost.size} chunks of ${step.imageName} version ${step.version}`)
  const meter = new TransferMeter(context, lost.size * manifest.disks[0]!.chunkBytes)
  for (const [index, disk] of disks.entries()) {
    const part = manifest.disks[index]
    if (part !== undefined && lost.size > 0) await sendFrom(disk, part, { lost, client, meter, context })
  }
  return finish(step, new Set(await client.missing([...lost])).size, lost.size, meter)
}

interface Search {
  /** Digests that the store lacks. */
  readonly lost: ReadonlySet<string>
  readonly client: ChunkClient
  readonly meter: TransferMeter
  readonly context: StepContext
}

async function sendFrom(disk: Disk, manifest: DiskManifest, { lost, client, meter, context }: Search): Promise<void> {
  const { spans, digests } = unpackDisk(manifest)
  const wanted = spans.filter((_, position) => lost.has(digests[position]!))
  context.log(`reading ${wanted.length} places of ${describeDisk(disk)}`)
  await client.reserve(wanted.reduce((sum, { used }) => sum + totalBytes(used), 0))
  // What stands there now may be something else: only what is lost is asked for, so nothing else is sent.
  const onlyLost: ChunkClient = { ...client, missing: (found) => client.missing(found.filter((digest) => lost.has(digest))) }
  const workers = new ChunkWorkers()
  try {
    meter.now('reading and sending')
    await withDisk(disk.devicePath, 'read', async ({ fd }) => {
      const deps = { fd, workers, client: onlyLost, meter, signal: context.signal }
      await sendChunks(wanted, deps)
      await sendPacks(manifest, lost, deps)
    })
  } finally {
    await workers.close()
  }
}

function finish(step: HealStep, stillLost: number, lost: number, { transfer }: TransferMeter): StepOutcome {
  if (stillLost === 0) return { transfer, imageVersion: step.version }
  throw new AppError(
    'IMAGE_HEAL_INCOMPLETE',
    `${stillLost} of ${lost} chunks of ${step.imageName} version ${step.version} are not on this disk any more: it was used since`,
    'Ask another node that holds the version: `platen image heal IMAGE VERSION --node NODE`. What was found is in the store again.',
  )
}
