// Which files differ, as a person reads it. Pure.
import type { PartitionFiles } from '../winpe-agent/index.ts'
import { formatBytes } from './format.ts'
import { table } from './table.ts'

const SIGN = { added: '+', removed: '-', changed: '~' } as const

export function describeFiles(partitions: readonly PartitionFiles[]): string {
  return partitions.map(describePartition).join('\n')
}

function describePartition(partition: PartitionFiles): string {
  const name = partition.number === 0 ? 'disk' : `partition ${partition.number}`
  switch (partition.kind) {
    case 'same':
      return `${name}: the same`
    case 'not-compared':
      return `${name}: files not compared, ${partition.reason}`
    case 'compared': {
      const { added, removed, changed, files } = partition
      const more = added + removed + changed - files.length
      const rows = files.map(({ path, change, sizeBefore, sizeAfter }) => {
        const sizes =
          change === 'added'
            ? formatBytes(sizeAfter)
            : change === 'removed'
              ? formatBytes(sizeBefore)
              : `${formatBytes(sizeBefore)} -> ${formatBytes(sizeAfter)}`
        return [`  ${SIGN[change]}`, path, sizes]
      })
      return [
        `${name}: ${added} added, ${removed} removed, ${changed} changed`,
        ...(rows.length === 0 ? [] : [table(rows)]),
        ...(more === 0 ? [] : [`  … and ${more} more (--limit N)`]),
      ].join('\n')
    }
  }
}
