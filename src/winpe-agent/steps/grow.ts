// grow: lets the filesystem fill the partition that the deploy made larger. Writes to the disk, after the verify.
import { formatBytes } from '../../imaging/plan-text.ts'
import type { ImagingTools } from '../imaging/imaging-tools.ts'
import { versionDisks } from '../imaging/version-disks.ts'
import type { Performer } from '../performer.ts'

export function growPerformer(imaging: ImagingTools): Performer<'grow'> {
  return async (step, context) => {
    const { disks } = await versionDisks(step, context)
    const growing = disks.flatMap(({ disk, plan: { growth } }) => (growth === undefined ? [] : [{ disk, growth }]))
    if (growing.length === 0) context.log('nothing grows')
    for (const { disk, growth } of growing) {
      const path = imaging.partitionPath(disk.devicePath, growth.number)
      context.log(`${growth.content} on ${path} grows from ${formatBytes(growth.fromBytes)} to ${formatBytes(growth.toBytes)}`)
      context.progress({ minorState: `growing ${growth.content} on ${path}`, percent: 0, transfer: {} })
      await imaging.announcePartitions(disk.devicePath, context)
      await imaging.growFilesystem(path, growth.content, context)
    }
    return { transfer: {} }
  }
}
