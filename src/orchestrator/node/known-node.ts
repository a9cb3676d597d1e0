// A node as netboot's rules of loaders know it: by its name and its model. Pure.
import type { KnownNode } from '../boot/decision.ts'
import type { NodeRecord } from './record.ts'

export function knownNodeOf(node: NodeRecord | undefined): KnownNode | undefined {
  if (node === undefined) return undefined
  const { manufacturer, product } = node.inventory.smbios
  return { name: node.name, manufacturer, product }
}
