// Takes what an earlier use left on a target: reads its old layout, and writes zeros where the image has nothing. Touches the disk.
import type { FileHandle } from 'node:fs/promises'
import type { DeployPlan } from '../../imaging/deploy-plan.ts'
import { isZero } from '../../imaging/disk-signature.ts'
import type { Extent } from '../../imaging/extents.ts'
import type { DiskFindings } from '../../imaging/foreign-disk.ts'
import { leftoverRanges } from '../../imaging/leftovers.ts'
import { collectReadings } from '../../imaging/readings.ts'
import { readAt, writeAt } from './open-disk.ts'

const PIECE_BYTES = 1024 * 1024

/** To be asked before the first write: every partition of every table that can be read there, and what tools found. */
export async function oldPlaces(disk: FileHandle, plan: DeployPlan, findings: DiskFindings): Promise<Extent[]> {
  const { sizeBytes, sectorBytes } = plan.geometry
  const read = (offset: number, length: number) => readAt(disk, offset, length)
  const { candidates, unannounced } = await collectReadings(read, { sizeBytes, sectorBytes: sectorBytes === 4096 ? 4096 : 512 })
  const ranges = [...candidates, ...unannounced].flatMap(({ table }) =>
    table === undefined || table.kind === 'none' ? [] : table.partitions.map(placeOf),
  )
  return [...ranges.filter(({ offset, length }) => offset + length <= sizeBytes), ...(findings.signatures ?? [])]
}

const placeOf = ({ startBytes, sizeBytes }: { readonly startBytes: number; readonly sizeBytes: number }): Extent => ({
  offset: startBytes,
  length: sizeBytes,
})

/** Gives the bytes that were not zero and are now. Nothing that the image has is touched. */
export async function eraseLeftovers(
  disk: FileHandle,
  plan: DeployPlan,
  old: readonly Extent[],
  signal: AbortSignal,
): Promise<number> {
  let erased = 0
  for (const { offset, length } of leftoverRanges(plan, old)) {
    for (let at = 0; at < length; at += PIECE_BYTES) {
      signal.throwIfAborted()
      const bytes = await readAt(disk, offset + at, Math.min(PIECE_BYTES, length - at))
      if (isZero(bytes)) continue
      await writeAt(disk, offset + at, Buffer.alloc(bytes.length))
      erased += bytes.length
    }
  }
  return erased
}
