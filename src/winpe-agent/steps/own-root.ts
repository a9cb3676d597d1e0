// The system on the disks of this machine, whoever put it there. Mounts what can hold one, one after the other, to look.
import { open } from 'node:fs/promises'
import { AppError } from '../../contract/errors.ts'
import type { Disk } from '../../contract/inventory.ts'
import type { ImagingTools, MountableContent } from '../imaging/imaging-tools.ts'
import { lookAtDisk } from '../imaging/look-at-disk.ts'
import type { StepContext } from '../performer.ts'
import { type Candidate, theRoot, WITH_ROOT } from './linux-root.ts'

const ONE_LINUX = 'Scripts run inside of one Linux on a plain ext, XFS or Btrfs partition; run this one in the boot OS.'

type Tools = Pick<ImagingTools, 'partitionPath' | 'announcePartitions' | 'whileMounted'>

/** Throws IMAGE_ROOT_NOT_FOUND unless the machine has exactly one. */
export async function ownRoot(imaging: Tools, context: StepContext): Promise<Candidate> {
  const candidates: Candidate[] = []
  for (const [diskIndex, disk] of context.inventory.disks.entries()) {
    if (disk.isRemovable) continue
    await imaging.announcePartitions(disk.devicePath, context)
    for (const { number, content } of await rootsOn(disk, context))
      candidates.push({ path: imaging.partitionPath(disk.devicePath, number), content, diskIndex })
  }
  return theRoot(candidates, imaging, context, ONE_LINUX)
}

/** A disk that cannot be read as a whole has none that counts. */
export async function rootsOn(
  { devicePath, sizeBytes, logicalSectorBytes: sectorBytes }: Disk,
  { log }: Pick<StepContext, 'log'>,
): Promise<readonly { readonly number: number; readonly content: MountableContent }[]> {
  const handle = await open(devicePath, 'r')
  try {
    const { partitions } = await lookAtDisk(handle, { sizeBytes, sectorBytes })
    return partitions.flatMap(({ number, signature }) =>
      signature.kind === 'known' && WITH_ROOT.includes(signature.content)
        ? [{ number, content: signature.content as MountableContent }]
        : [],
    )
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    log(`${devicePath} is not looked at: ${error.message}`)
    return []
  } finally {
    await handle.close()
  }
}
