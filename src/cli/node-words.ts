// How commands speak of a node, and what may be said about one. Pure.
import type { NodeView } from '../contract/operator-api.ts'
import type { OperatorApi } from './api.ts'
import type { OptionSpecs, Values } from './arguments.ts'
import { formatBytes } from './format.ts'
import { table } from './table.ts'

export const NODE_CHANGE_OPTIONS = {
  name: { type: 'string', value: 'NAME', description: 'Its name from now on.' },
  tag: { type: 'string', multiple: true, value: 'TAG', description: 'Its tags, instead of those it has; repeatable.' },
  'config-type': {
    type: 'string',
    multiple: true,
    value: 'TYPE',
    description: 'Types of configuration that it builds, instead of those it has; repeatable.',
  },
  location: { type: 'string', value: 'TEXT', description: 'Where it stands.' },
  notes: { type: 'string', value: 'TEXT', description: 'What people should know about it.' },
} as const satisfies OptionSpecs

/** Only what was said: a key that is left out changes nothing. */
export function nodeChangeOf(values: Values<typeof NODE_CHANGE_OPTIONS>): Parameters<OperatorApi['changeNode']>[1] {
  const { name, tag, 'config-type': configTypes, location, notes } = values
  return {
    name,
    tags: tag.length > 0 ? [...tag] : undefined,
    configTypes: configTypes.length > 0 ? [...configTypes] : undefined,
    location,
    notes,
  }
}

export function describeNode(node: NodeView): string {
  const { inventory, installed } = node
  const { smbios } = inventory
  return table([
    ['name', node.name],
    ['id', node.id],
    ['state', node.holdReason === undefined ? node.state : `${node.state}: ${node.holdReason}`],
    ['presence', node.presence],
    ['job', node.runningJobId ?? '-'],
    ['installed', installed === undefined ? '-' : `${installed.imageName} version ${installed.version} at ${installed.at}`],
    ['tags', node.tags?.join(', ') || '-'],
    ['builds', node.configTypes?.join(', ') || '-'],
    ['location', node.location ?? '-'],
    ['notes', node.notes ?? '-'],
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
    ...(node.inventoryHistory ?? []).map(({ at, changes }) => ['changed', `${at}: ${changes.join('; ')}`]),
  ])
}
