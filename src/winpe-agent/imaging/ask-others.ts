// Asks the kernel and libblkid what they make of a disk, and refuses it when that is something else. Touches the disk through its tools.
import { type KernelPartition, type Opinions, type Probe, refuseDifferences } from '../../imaging/second-opinion.ts'
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

/** Throws IMAGE_READING_DISPUTED. */
export async function askOthers(
  { table, geometry, reading, partitions }: DiskLook,
  kernel: readonly KernelPartition[] | undefined,
  { tools, devicePath, run }: Asking,
): Promise<void> {
  const ask = async (number: number): Promise<Probe> => {
    const place = partitions.find((partition) => partition.number === number && number > 0)
    const range = place === undefined ? undefined : { offset: place.startBytes, length: place.sizeBytes }
    return (await tools.probe?.(devicePath, range, run)) ?? { kind: 'unavailable' }
  }
  const probes = new Map<number, Probe>()
  for (const { number } of partitions) if (number > 0) probes.set(number, await ask(number))
  const opinions: Opinions = { kernel, disk: await ask(0), partitions: probes }
  refuseDifferences({ table, sizeBytes: geometry.sizeBytes, reading, partitions }, opinions)
}
