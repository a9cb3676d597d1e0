// What can be done to a node with one call.
import { unwrap } from '../../client/index.ts'
import { api, KEYS, type NodeView, queries } from '../app/api.ts'
import { t } from '../words/index.ts'

export type NodeActionKind = 'approve' | 'hold' | 'release' | 'restart'

/** Which of them make sense for a node as it is. Pure. */
export function actionsFor({ state, presence }: NodeView): readonly NodeActionKind[] {
  switch (state) {
    case 'discovered':
      return ['approve']
    case 'approved':
      return presence === 'away' ? ['hold', 'restart'] : ['hold']
    case 'held':
      return ['release']
    case 'retired':
      return []
  }
}

const HOLD_REASON = 'held from the console'

export async function doToNode(kind: NodeActionKind, { id }: NodeView): Promise<void> {
  const params = { path: { node: id } }
  switch (kind) {
    case 'approve':
      keep(await unwrap(api.POST('/api/v1/nodes/{node}/approve', { params, body: {} })))
      return
    case 'hold':
      keep(await unwrap(api.POST('/api/v1/nodes/{node}/hold', { params, body: { reason: HOLD_REASON } })))
      return
    case 'release':
      keep(await unwrap(api.POST('/api/v1/nodes/{node}/release', { params })))
      return
    case 'restart':
      await unwrap(api.POST('/api/v1/nodes/{node}/restart', { params, body: {} }))
  }
}

/** The answer is what the node is now: nobody has to wait for its event. */
export function keep(node: NodeView): void {
  queries.setQueryData<NodeView[]>(KEYS.nodes, (list) => list?.map((old) => (old.id === node.id ? node : old)))
}

export const nameOfAction = (kind: NodeActionKind): string => t.actions[kind]
