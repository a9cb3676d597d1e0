// How commands speak of a node, and what may be said about one. Pure.
import type { NodeChange, NodeView } from '../contract/operator-api.ts'
import type { NodeWanted } from '../contract/wanted.ts'
import type { OperatorApi } from './api.ts'
import { type OptionSpecs, usage, type Values } from './arguments.ts'
import { formatBytes } from './format.ts'
import { hardwareRows } from './outcome-words.ts'
import { table } from './table.ts'
import { wantedRows } from './wanted-view.ts'

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
  'local-boot': {
    type: 'string',
    value: 'WAY',
    description: 'How it is sent to its own disk: exit, sanboot, bootnext, or auto, which is what worked before.',
  },
} as const satisfies OptionSpecs

/** Only what was said: a key that is left out changes nothing. */
export function nodeChangeOf(values: Values<typeof NODE_CHANGE_OPTIONS>): Parameters<OperatorApi['changeNode']>[1] {
  const { name, tag, 'config-type': configTypes, location, notes, 'local-boot': localBoot } = values
  return {
    name,
    tags: tag.length > 0 ? [...tag] : undefined,
    configTypes: configTypes.length > 0 ? [...configTypes] : undefined,
    location,
    notes,
    localBoot: localBoot === undefined ? undefined : localBootOf(localBoot),
  }
}

const LOCAL_BOOT_WORDS: Readonly<Record<string, NodeChange['localBoot']>> = {
  auto: 'auto',
  exit: 'exit',
  sanboot: 'sanboot',
  'boot-next': 'boot-next',
  // As efibootmgr spells it.
  bootnext: 'boot-next',
}

function localBootOf(word: string): NodeChange['localBoot'] {
  const way = LOCAL_BOOT_WORDS[word]
  if (way === undefined) throw usage('node edit', `--local-boot is exit, sanboot, bootnext or auto, not ${word}`)
  return way
}

function describeLocalBoot({ localBoot }: NodeView): string {
  if (localBoot === undefined) return '-'
  const { order, pinned, worked, failed = [] } = localBoot
  const notes = [
    ...(pinned === undefined ? [] : [`${pinned} set by hand`]),
    ...(worked === undefined ? [] : [`${worked} worked`]),
    ...(failed.length === 0 ? [] : [`came back after ${failed.join(', ')}`]),
  ]
  return `${order.join(', then ')}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`
}

export function describeNode(node: NodeView, wanted?: NodeWanted): string {
  const { inventory, installed } = node
  const { smbios } = inventory
  return table([
    ['name', node.name],
    ['id', node.id],
    ['state', node.holdReason === undefined ? node.state : `${node.state}: ${node.holdReason}`],
    ...(node.doubt === undefined
      ? []
      : [['doubt', `${node.doubt.reason}; it resembles ${node.doubt.nodeIds.join(', ')}`] as const]),
    ['presence', node.presence],
    ['job', node.runningJobId ?? '-'],
    ['installed', installed === undefined ? '-' : `${installed.imageName} version ${installed.version} at ${installed.at}`],
    ...(wanted === undefined ? [] : wantedRows(wanted)),
    ['tags', node.tags?.join(', ') || '-'],
    ['builds', node.configTypes?.join(', ') || '-'],
    ['location', node.location ?? '-'],
    ['notes', node.notes ?? '-'],
    ['local boot', describeLocalBoot(node)],
    ['boots from', node.bootMacs.join(', ')],
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
    ...hardwareRows(node.hardware),
    ...(node.inventoryHistory ?? []).map(({ at, changes }) => ['changed', `${at}: ${changes.join('; ')}`]),
  ])
}
