// platen node show
import type { NodeView } from '../../contract/operator-api.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { formatBytes } from '../format.ts'
import { table } from '../table.ts'

export const nodeShow = defineCommand({
  name: 'node show',
  summary: 'Show one machine: identity, cards, disks, what it runs.',
  words: ['<node>'],
  options: API_OPTIONS,

  async run(input, context) {
    const node = await apiOf(input, context).node(input.words[0]!)
    context.out.print(input.values.json ? JSON.stringify(node, undefined, 2) : describeNode(node))
  },
})

function describeNode(node: NodeView): string {
  const { inventory, installed } = node
  const { smbios } = inventory
  const rows = [
    ['name', node.name],
    ['id', node.id],
    ['state', node.holdReason === undefined ? node.state : `${node.state}: ${node.holdReason}`],
    ['presence', node.presence],
    ['job', node.runningJobId ?? '-'],
    ['installed', installed === undefined ? '-' : `${installed.imageName} version ${installed.version} at ${installed.at}`],
    ['first seen', node.firstSeenAt],
    ['last seen', node.lastSeenAt],
    ['machine', [smbios.manufacturer, smbios.product].filter(Boolean).join(' ') || '-'],
    ['serial', smbios.systemSerial ?? '-'],
    ['system UUID', smbios.systemUuid ?? '-'],
    ['firmware', `${inventory.firmware}, Secure Boot ${inventory.secureBoot}`],
    ['processor', `${inventory.cpuCount} × ${inventory.cpuModel ?? inventory.architecture}`],
    ['memory', formatBytes(inventory.memoryBytes)],
    ...inventory.nics.map((nic) => [`card ${nic.name}`, `${nic.mac} ${nic.linkUp ? 'up' : 'down'} ${nic.driver ?? ''}`.trim()]),
    ...inventory.disks.map((disk) => [
      `disk ${disk.devicePath}`,
      [formatBytes(disk.sizeBytes), disk.model, disk.serial && `serial ${disk.serial}`, disk.wwn].filter(Boolean).join(', '),
    ]),
  ]
  return table(rows)
}
