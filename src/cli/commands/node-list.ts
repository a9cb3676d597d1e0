// platen node list
import type { Inventory } from '../../contract/inventory.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { formatAgo, formatBytes } from '../format.ts'

export const nodeList = defineCommand({
  name: 'node list',
  summary: 'List the machines that were seen, with their state and what is on their disk.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const nodes = await apiOf(input, context).nodes()
    if (input.values.json) return context.out.print(JSON.stringify(nodes, undefined, 2))
    if (nodes.length === 0) return context.out.print('No machine was seen yet: let one boot over the network.')
    const rows = nodes.map((node) => [
      node.name,
      node.state,
      node.runningJobId === undefined ? node.presence : 'at work',
      node.installed === undefined ? '-' : `${node.installed.imageName} ${node.installed.version}`,
      hardware(node.inventory),
      formatAgo(node.lastSeenAt, Date.now()),
    ])
    context.out.table([['NAME', 'STATE', 'PRESENCE', 'INSTALLED', 'HARDWARE', 'LAST SEEN'], ...rows])
  },
})

function hardware({ architecture, firmware, memoryBytes, disks }: Inventory): string {
  const disk = disks.length === 1 ? formatBytes(disks[0]!.sizeBytes) : `${disks.length} disks`
  return `${architecture} ${firmware}, ${formatBytes(memoryBytes)}, ${disk}`
}
