// Which nodes fit what a person typed and chose. Pure.
import type { NodeView } from '../app/api.ts'
import type { Activity } from './activity.ts'

/** All words must be in one of the texts. Case, and the colons of a MAC, do not matter. */
export function matches(texts: readonly string[], typed: string): boolean {
  const haystack = texts.map(plain)
  return typed
    .split(/\s+/)
    .map(plain)
    .every((word) => haystack.some((text) => text.includes(word)))
}

/** By what a node can be found. */
export function wordsOfNode({ name, id, location, tags, bootMacs, inventory }: NodeView): readonly string[] {
  const { systemSerial, boardSerial, manufacturer, product } = inventory.smbios
  const macs = [...bootMacs, ...inventory.nics.map(({ mac }) => mac)]
  return [name, id, location, ...(tags ?? []), ...macs, systemSerial, boardSerial, manufacturer, product].filter(
    (word) => word !== undefined,
  )
}

export interface FleetFilter {
  readonly q?: string | undefined
  readonly state?: string | undefined
  readonly class?: string | undefined
  readonly doing?: string | undefined
}

export interface FleetRow {
  readonly node: NodeView
  readonly activity: Activity
  readonly classes: readonly string[]
  /** What it should run and does not; left out: all is right, or nothing is said. */
  readonly wants?: string
}

export function fits(row: FleetRow, filter: FleetFilter): boolean {
  if (filter.state !== undefined && row.node.state !== filter.state) return false
  if (filter.class !== undefined && !row.classes.includes(filter.class)) return false
  if (filter.doing !== undefined && row.activity.kind !== filter.doing) return false
  return filter.q === undefined || matches(wordsOfNode(row.node), filter.q)
}

const plain = (text: string): string => text.toLowerCase().replaceAll(/[:-]/g, '')
