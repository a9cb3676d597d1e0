// Which node a MAC address belongs to. What a machine listed in a hello is a hint: it never takes an address from a node that boots from it,
// and a node that nobody decided about never takes one from a node that somebody approved. In memory.
import type { NodeRecord } from './record.ts'

export class MacIndex {
  readonly #get: (id: string) => NodeRecord | undefined
  readonly #booted = new Map<string, Set<string>>()
  readonly #listed = new Map<string, Set<string>>()

  constructor(get: (id: string) => NodeRecord | undefined) {
    this.#get = get
  }

  add(node: NodeRecord): void {
    for (const mac of node.bootMacs) note(this.#booted, mac, node.id)
    for (const { mac } of node.inventory.nics) note(this.#listed, mac, node.id)
  }

  remove(node: NodeRecord): void {
    for (const mac of node.bootMacs) forget(this.#booted, mac, node.id)
    for (const { mac } of node.inventory.nics) forget(this.#listed, mac, node.id)
  }

  /** Those that booted from it. */
  bootedFrom(mac: string): readonly NodeRecord[] {
    return this.#all(this.#booted, mac)
  }

  /** systemUuid, when the loader told it, tells machines apart that share a dock. */
  find(mac: string, systemUuid: string | undefined): NodeRecord | undefined {
    const booted = this.bootedFrom(mac)
    if (booted.length > 0) return booted.length === 1 ? booted[0] : best(booted, mac, systemUuid)
    const listing = this.#all(this.#listed, mac).filter(({ state }) => state !== 'discovered')
    // Two that list one card: the hint says nothing.
    return listing.length === 1 ? listing[0] : undefined
  }

  #all(index: ReadonlyMap<string, ReadonlySet<string>>, mac: string): readonly NodeRecord[] {
    return [...(index.get(mac) ?? [])].flatMap((id) => this.#get(id) ?? [])
  }
}

function best(nodes: readonly NodeRecord[], mac: string, systemUuid: string | undefined): NodeRecord | undefined {
  const rank = (node: NodeRecord): readonly (number | string)[] => [
    node.assignedMacs?.includes(mac) === true ? 1 : 0,
    node.state === 'discovered' ? 0 : 1,
    systemUuid !== undefined && node.inventory.smbios.systemUuid?.toLowerCase() === systemUuid ? 1 : 0,
    node.lastSeenAt,
  ]
  return nodes.toSorted((a, b) => compare(rank(b), rank(a)))[0]
}

function compare(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [index, one] of a.entries()) {
    const other = b[index]!
    if (one !== other) return one < other ? -1 : 1
  }
  return 0
}

function note(index: Map<string, Set<string>>, mac: string, id: string): void {
  index.set(mac, (index.get(mac) ?? new Set()).add(id))
}

function forget(index: Map<string, Set<string>>, mac: string, id: string): void {
  const ids = index.get(mac)
  ids?.delete(id)
  if (ids?.size === 0) index.delete(mac)
}
