// What the system's own prober says of a disk and of each of its partitions. Only reads.
import type { ContentKind, PartitionTable } from '../../contract/image.ts'
import type { Probed } from '../../contract/probed.ts'
import type { DiskGeometry } from '../../imaging/gpt.ts'
import { partitionRanges } from '../../imaging/grow-plan.ts'
import type { Run } from '../machine.ts'
import type { ImagingTools } from './imaging-tools.ts'

interface DiskToProbe {
  readonly devicePath: string
  readonly geometry: DiskGeometry
  readonly table: PartitionTable
  readonly contents: readonly { readonly number: number; readonly content: ContentKind }[]
}

/** undefined: there is no prober here. */
export async function probeDisk(
  { devicePath, geometry, table, contents }: DiskToProbe,
  tools: ImagingTools,
  run: Run,
): Promise<Probed | undefined> {
  // Of what is not copied at all, whatever stands there says nothing.
  const empty = new Set(contents.filter(({ content }) => content === 'empty').map(({ number }) => number))
  const partitions = partitionRanges(table, geometry.sizeBytes).filter(({ number }) => number !== 0 && !empty.has(number))
  const disk = { number: 0, startBytes: 0, sizeBytes: geometry.sizeBytes }
  const all = [disk, ...partitions]
  const ranges = all.map(({ startBytes, sizeBytes }) => ({ offset: startBytes, length: sizeBytes }))
  const answer = await tools.probeAll(devicePath, ranges, run)
  if (answer === undefined) return undefined
  return { by: answer.by, found: all.map(({ number }, index) => ({ number, values: answer.values[index] ?? {} })) }
}
