// platen node list
import type { Inventory } from '../../contract/inventory.ts'
import { formatAgo, formatBytes } from '../format.ts'
import { defineList } from '../listing.ts'

export const nodeList = defineList({
  name: 'node list',
  summary: 'List the machines that were seen, with their state and what is on their disk.',
  read: (api) => api.nodes(),
  heading: ['NAME', 'STATE', 'PRESENCE', 'INSTALLED', 'HARDWARE', 'LAST SEEN'],
  agoColumn: 5,
  row: (node, now) => [
    node.name,
    node.state,
    node.runningJobId === undefined ? node.presence : 'at work',
    node.installed === undefined ? '-' : `${node.installed.imageName} ${node.installed.version}`,
    hardware(node.inventory),
    formatAgo(node.lastSeenAt, now),
  ],
  empty: 'No machine was seen yet: let one boot over the network.',
  changesWith: ['node.*', 'job.changed'],
})

function hardware({ architecture, firmware, memoryBytes, disks }: Inventory): string {
  const disk = disks.length === 1 ? formatBytes(disks[0]!.sizeBytes) : `${disks.length} disks`
  return `${architecture} ${firmware}, ${formatBytes(memoryBytes)}, ${disk}`
}
