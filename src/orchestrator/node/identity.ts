// Which known node a machine is. Pure: inventory in, verdict with its reasons out.
//
// Each trait that agrees adds its weight, each that both have and that differs takes it away. No single trait decides: docks and USB
// adapters lend one MAC address to many machines, cheap boards share one UUID, and a replaced board changes both.
import type { Inventory } from '../../contract/inventory.ts'

export type IdentityVerdict =
  | { readonly kind: 'known'; readonly nodeId: string; readonly score: number; readonly because: readonly string[] }
  | { readonly kind: 'new' }
  /** Two nodes fit alike: a person must say which. */
  | { readonly kind: 'unclear'; readonly nodeIds: readonly string[] }

interface Known {
  readonly id: string
  readonly inventory: Inventory
  readonly bootMacs: readonly string[]
  /** Addresses that a person gave to this node, by merging or splitting: whoever boots from one is it, whatever the score. */
  readonly assignedMacs?: readonly string[]
}

type TraitName = 'TPM key' | 'system UUID' | 'system serial' | 'board serial' | 'MAC address' | 'disk serial'

interface Trait {
  readonly name: TraitName
  readonly weight: number
  valuesOf(machine: { readonly inventory: Inventory; readonly bootMacs: readonly string[] }): readonly string[]
}

const TRAITS: readonly Trait[] = [
  // No two TPMs have the same one, and nobody fills it in by hand.
  { name: 'TPM key', weight: 60, valuesOf: ({ inventory }) => (inventory.tpmKey === undefined ? [] : [inventory.tpmKey]) },
  { name: 'system UUID', weight: 40, valuesOf: ({ inventory }) => real(inventory.smbios.systemUuid) },
  { name: 'system serial', weight: 30, valuesOf: ({ inventory }) => real(inventory.smbios.systemSerial) },
  { name: 'board serial', weight: 30, valuesOf: ({ inventory }) => real(inventory.smbios.boardSerial) },
  {
    name: 'MAC address',
    weight: 20,
    valuesOf: ({ inventory, bootMacs }) => [...bootMacs, ...inventory.nics.map(({ mac }) => mac)],
  },
  { name: 'disk serial', weight: 15, valuesOf: ({ inventory }) => inventory.disks.flatMap(({ serial }) => real(serial)) },
]

const BY_HAND = 'a person said so'

/** Two machines that share these have parts in common; the others are texts that a factory may repeat. */
const PHYSICAL: readonly TraitName[] = ['TPM key', 'MAC address', 'disk serial']

/** What firmware says when nobody filled the field in; compared in lower case without blanks and punctuation. */
const PLACEHOLDERS = new Set([
  ...['', '0', 'none', 'na', 'default', 'defaultstring', 'unknown', 'notspecified', 'notapplicable', 'invalid', 'empty', 'oem'],
  ...['tobefilledbyoem', 'tobefilledbyoemtobefilledbyoem', 'systemserialnumber', 'baseboardserialnumber', 'chassisserialnumber'],
  ...['serialnumber', '123456789', '0123456789', '1234567890', 'xxxxxxxxxx', 'msserialnumber', 'sernum', 'qemu', 'notsettable'],
  ...['03000200040005000006000700080009', 'fefefefefefefefefefefefefefefefe', '12345678123456789abcdef012345678'],
])

/** As other systems do it, for a first time beside the score: whoever boots from an address that a node booted from is that node. */
export function identifyByMac(bootMac: string, known: Iterable<Known>): IdentityVerdict {
  const node = [...known].find(({ bootMacs, assignedMacs = [] }) => bootMacs.includes(bootMac) || assignedMacs.includes(bootMac))
  return node === undefined ? { kind: 'new' } : { kind: 'known', nodeId: node.id, score: 0, because: ['MAC address'] }
}

/** bootMac: what the machine booted from, even when it is not among its NICs. */
export function identify(inventory: Inventory, bootMac: string, known: Iterable<Known>): IdentityVerdict {
  const candidates = [...known]
  const assigned = candidates.find(({ assignedMacs = [] }) => assignedMacs.includes(bootMac))
  if (assigned !== undefined) return { kind: 'known', nodeId: assigned.id, score: Number.POSITIVE_INFINITY, because: [BY_HAND] }
  const machine = { inventory, bootMacs: [bootMac] }
  const fitting = candidates.map((node) => ({ node, ...score(machine, node) })).filter(({ isMatch }) => isMatch)
  fitting.sort((a, b) => b.points - a.points)
  const [best, second] = fitting
  if (best === undefined) return { kind: 'new' }
  if (second !== undefined && second.points === best.points) {
    return { kind: 'unclear', nodeIds: fitting.filter(({ points }) => points === best.points).map(({ node }) => node.id) }
  }
  return { kind: 'known', nodeId: best.node.id, score: best.points, because: best.agree }
}

interface Score {
  readonly points: number
  readonly agree: readonly TraitName[]
  readonly isMatch: boolean
}

type Machine = Parameters<Trait['valuesOf']>[0]

/** Machines that share none of these cannot be the same: an index over them finds the few that are worth a comparison. */
export function identityKeys(machine: Machine): readonly string[] {
  return TRAITS.flatMap(({ name, valuesOf }) => valuesOf(machine).map((value) => `${name} ${plain(value)}`))
}

function traitsOf(machine: Machine): readonly ReadonlySet<string>[] {
  return TRAITS.map(({ valuesOf }) => new Set(valuesOf(machine).map(plain)))
}

function score(machine: Machine, node: Known): Score {
  const agree: TraitName[] = []
  const differ: TraitName[] = []
  let points = 0
  const [ours, theirs] = [traitsOf(machine), traitsOf(node)]
  for (const [index, { name, weight }] of TRAITS.entries()) {
    const [mine, its] = [ours[index]!, theirs[index]!]
    if (its.size === 0 || mine.size === 0) continue
    const isShared = !mine.isDisjointFrom(its)
    ;(isShared ? agree : differ).push(name)
    points += isShared ? weight : -weight
  }
  const shareParts = PHYSICAL.some((name) => agree.includes(name))
  const partsUnknown = !PHYSICAL.some((name) => differ.includes(name))
  return { points, agree, isMatch: points > 0 && (shareParts || partsUnknown) }
}

function real(value: string | undefined): readonly string[] {
  if (value === undefined) return []
  const text = plain(value)
  // One character repeated (00000000-0000-…, FFFF…) is a field that nobody filled in.
  return PLACEHOLDERS.has(text) || /^(.)\1*$/.test(text) ? [] : [value]
}

function plain(value: string): string {
  return value.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}
