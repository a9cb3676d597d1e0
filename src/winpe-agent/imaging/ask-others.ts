// Asks the kernel and libblkid what they make of a disk, and refuses it when that is something else. Touches the disk through its tools.
import type { Extent } from '../../imaging/extents.ts'
import { type KernelPartition, type Probe, refuseDifferences, settledSignature } from '../../imaging/reading-disputes.ts'
import type { Run } from '../machine.ts'
import type { ImagingTools } from './imaging-tools.ts'
import type { DiskLook } from './look-at-disk.ts'

interface Asking {
  readonly tools: ImagingTools
  readonly devicePath: string
  readonly run: Run
}

/** What the kernel said before anybody told it what to think; undefined: nothing. */
export async function kernelOpinion({ tools, devicePath, run }: Asking): Promise<readonly KernelPartition[] | undefined> {
  return tools.kernelPartitions?.(devicePath, run)
}

/** Gives the disk as it counts from here on. Throws IMAGE_READING_DISPUTED. */
export async function askOthers(
  look: DiskLook,
  kernel: readonly KernelPartition[] | undefined,
  { tools, devicePath, run, includeUnknown }: Asking & { readonly includeUnknown: boolean },
): Promise<DiskLook> {
  const { table, geometry, reading } = look
  const ask = async (range: Extent | undefined): Promise<Probe> =>
    (await tools.probe?.(devicePath, range, run)) ?? { kind: 'unavailable' }
  const disk = await ask(undefined)
  const probes = new Map<number, Probe>()
  for (const { number, startBytes, sizeBytes } of look.partitions)
    probes.set(number, number === 0 ? disk : await ask({ offset: startBytes, length: sizeBytes }))
  const partitions = look.partitions.map((partition) => ({
    ...partition,
    signature: settledSignature(
      partition.number,
      partition.signature,
      probes.get(partition.number),
      includeUnknown && partition.number > 0,
    ),
  }))
  refuseDifferences({ table, sizeBytes: geometry.sizeBytes, reading, partitions }, { kernel, disk, partitions: probes })
  return { ...look, partitions }
}
