// grow: lets the filesystem fill the partition that the deploy made larger. Writes to the disk, after the verify.
import { chooseDisk } from '../../imaging/choose-disk.ts'
import { planDeploy } from '../../imaging/deploy-plan.ts'
import { formatBytes } from '../../imaging/plan-text.ts'
import { createChunkClient } from '../imaging/chunk-client.ts'
import { fetchDiskManifest } from '../imaging/fetch-manifest.ts'
import type { ImagingTools } from '../imaging/imaging-tools.ts'
import type { Performer } from '../performer.ts'

export function growPerformer(imaging: ImagingTools): Performer<'grow'> {
  return async (step, context) => {
    const disk = chooseDisk(step.disk, context.inventory.disks)
    const manifest = await fetchDiskManifest(step, createChunkClient(context))
    const { growth } = planDeploy(manifest, { sizeBytes: disk.sizeBytes, sectorBytes: disk.logicalSectorBytes }, step)
    if (growth === undefined) {
      context.log('nothing grows')
      return { transfer: {} }
    }
    const path = imaging.partitionPath(disk.devicePath, growth.number)
    context.log(`${growth.content} on ${path} grows from ${formatBytes(growth.fromBytes)} to ${formatBytes(growth.toBytes)}`)
    context.progress({ minorState: `growing ${growth.content} on ${path}`, percent: 0, transfer: {} })
    await imaging.announcePartitions(disk.devicePath, context)
    await imaging.growFilesystem(path, growth.content, context)
    return { transfer: {} }
  }
}
