// Whether a job that wipes leaves the system of the node alone: it reaches other disks only than those whose record was good. Pure.
import { AppError } from '../../contract/errors.ts'
import type { JobRequest } from '../../contract/job.ts'
import { chooseDisks } from '../../imaging/choose-disk.ts'
import { diskIdsOf } from '../../imaging/disk-identity.ts'
import type { NodeRecord } from '../node/record.ts'

/** Where nothing was proven the disk of the system is not known: then it may be any. */
export function leavesSystemAlone(
  { kind, disk, moreDisks = [] }: Pick<JobRequest, 'kind' | 'disk' | 'moreDisks'>,
  { inventory, provenDisks = [] }: Pick<NodeRecord, 'inventory' | 'provenDisks'>,
): boolean {
  if (kind !== 'wipe' || disk === undefined || provenDisks.length === 0) return false
  try {
    const ids = chooseDisks([disk, ...moreDisks], inventory.disks).flatMap(diskIdsOf)
    return ids.length > 0 && !ids.some((id) => provenDisks.includes(id))
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
}
