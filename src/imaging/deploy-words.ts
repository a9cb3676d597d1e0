// The plan of a deploy as a person reads it in the job's log, before the first write. Pure.
import type { DiskManifest, PartitionTable } from '../contract/image.ts'
import type { DiskGeometry } from './gpt.ts'
import type { GrowDecision } from './grow-plan.ts'
import { describeMember } from './md-members.ts'
import { partUuids } from './new-ids.ts'
import { formatBytes } from './plan-text.ts'
import type { Shrink } from './shrink-plan.ts'

interface Described {
  readonly disk: DiskManifest
  readonly target: DiskGeometry
  /** As it comes to stand on the target. */
  readonly table: PartitionTable
  readonly decision: GrowDecision
  readonly shrink: Shrink | undefined
  readonly chunkCount: number
}

export function describeDeploy(described: Described): string[] {
  const { disk, target, chunkCount } = described
  return [
    `target: ${formatBytes(target.sizeBytes)}, sectors of ${target.sectorBytes} bytes; image of a disk of ${formatBytes(disk.sizeBytes)}`,
    ...describeTable(described),
    ...(disk.members ?? []).map(describeMember),
    ...describeGrowth(described),
    ...describeShrink(described),
    ...describeIds(described),
    `content: ${formatBytes(disk.usedBytes)} in ${chunkCount} chunks; those that the disk holds already are not fetched`,
  ]
}

function describeTable({ disk, table }: Described): string[] {
  switch (table.kind) {
    case 'gpt':
      return [
        `table: gpt ${table.id}, backup at the end of the disk`,
        ...table.partitions.map(
          ({ number, name, startBytes, sizeBytes }) =>
            `partition ${number}: "${name}" at ${formatBytes(startBytes)}, ${formatBytes(sizeBytes)}, ${contentOf(disk, number)}`,
        ),
      ]
    case 'mbr':
      return [
        `table: mbr ${table.id}`,
        ...table.partitions.map(
          ({ number, startBytes, sizeBytes }) =>
            `partition ${number}: at ${formatBytes(startBytes)}, ${formatBytes(sizeBytes)}, ${contentOf(disk, number)}`,
        ),
      ]
    case 'none':
      return [`table: none, ${contentOf(disk, 0)}`]
  }
}

function describeGrowth({ decision }: Described): string[] {
  if (decision.kind === 'keeps') return decision.reason === undefined ? [] : [`larger disk: ${decision.reason}`]
  const { number, content, fromBytes, toBytes } = decision.growth
  const what = number === 0 ? 'the filesystem' : `partition ${number}`
  return [`larger disk: ${what} (${content}) grows from ${formatBytes(fromBytes)} to ${formatBytes(toBytes)}, after the verify`]
}

function describeShrink({ shrink }: Described): string[] {
  if (shrink === undefined) return []
  const { number, content, fromBytes, toBytes, usedBytes } = shrink
  const what = number === 0 ? 'the filesystem' : `partition ${number}`
  return [
    `smaller disk: ${what} (${content}) is cut from ${formatBytes(fromBytes)} to ${formatBytes(toBytes)};` +
      ` its ${formatBytes(usedBytes)} in use are moved together in memory before the first write`,
  ]
}

/** What names a partition by its old id finds nothing any more. */
function describeIds({ disk, table }: Described): string[] {
  const renamed = partUuids(disk.table, table)
  if (renamed.size === 0) return []
  return [
    `new ids: disk ${table.kind === 'none' ? '' : table.id}, ${[...renamed].map(([old, now]) => `${old} becomes ${now}`).join(', ')}`,
    'new ids: an fstab, boot loader or Windows boot store that names a disk or partition by these ids does not find it any more;' +
      ' filesystem UUIDs and labels stay. The setting personalise mends fstab, GRUB and kernel command lines.',
  ]
}

function contentOf(disk: DiskManifest, number: number): string {
  const content = disk.contents.find((candidate) => candidate.number === number)
  return content === undefined ? 'not copied' : `${content.content}, ${formatBytes(content.usedBytes)} in use`
}
