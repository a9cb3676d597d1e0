// Tells the appliance which disks are about to be written, before the first write: the node keeps them as a second sign that a disk is ours.
import { DisksNoted } from '../../contract/agent-api.ts'
import type { Disk } from '../../contract/inventory.ts'
import { diskIdsOf } from '../../imaging/disk-identity.ts'
import type { StepContext } from '../performer.ts'

/** That it cannot be told is no reason to fail: the next job then asks a person. */
export async function noteDisks(disks: readonly Disk[], { client, jobId, leaseId, signal, log }: StepContext): Promise<void> {
  const ids = disks.flatMap(diskIdsOf)
  if (ids.length === 0) return
  try {
    await client.post(`/jobs/${encodeURIComponent(jobId)}/disks`, { leaseId, disks: ids }, DisksNoted, signal)
  } catch (error) {
    signal.throwIfAborted()
    log(`the appliance did not take the note of these disks: ${error instanceof Error ? error.message : String(error)}`)
  }
}
