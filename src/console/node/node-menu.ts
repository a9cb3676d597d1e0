// What the menu of a node offers, as the node is now. Pure.
import type { NodeView } from '../app/api.ts'
import type { NodeActionKind } from './do-node.ts'

/** Done at once, or asked about in a window of its own first. */
export type MenuEntry = { readonly act: Exclude<NodeActionKind, 'hold'> } | { readonly ask: NodeDialog }
export type NodeDialog = 'put-back' | 'capture' | 'try' | 'run' | 'check' | 'wipe' | 'hold' | 'reclaim' | 'retire'

/** The groups of the menu, what can be taken back first. */
export function menuOf(node: Pick<NodeView, 'state' | 'presence'>, hasJob: boolean): readonly (readonly MenuEntry[])[] {
  const end: readonly MenuEntry[] = [{ ask: 'retire' }]
  switch (node.state) {
    case 'discovered':
      return [[{ act: 'approve' }], end]
    case 'approved':
      return [
        [{ ask: 'try' }, { ask: 'run' }, { ask: 'check' }, { act: 'prove' }],
        [...(node.presence === 'away' ? [{ act: 'restart' } as const] : []), { ask: 'hold' }],
        [...(hasJob ? [{ ask: 'reclaim' } as const] : []), { ask: 'wipe' }, ...end],
      ]
    case 'held':
      return [[{ act: 'release' }], end]
    case 'retired':
      return []
  }
}
