// What can be done to several nodes at once: each is asked for by itself, and what was refused stays told.
import { Button, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core'
import { useState } from 'react'
import type { NodeView } from '../app/api.ts'
import { actionsFor, doToNode, type NodeActionKind, nameOfAction } from '../node/do-node.ts'
import { Consent } from '../parts/consent.tsx'
import { tellDone, tellRefused } from '../parts/toasts.tsx'
import { t } from '../words/index.ts'

const KINDS: readonly NodeActionKind[] = ['approve', 'hold', 'release', 'restart']

export function BulkBar({ nodes, onDone }: { readonly nodes: readonly NodeView[]; readonly onDone: () => void }) {
  const [asked, setAsked] = useState<NodeActionKind>()
  const able = (kind: NodeActionKind) => nodes.filter((node) => actionsFor(node).includes(kind))
  const run = async (kind: NodeActionKind) => {
    const chosen = able(kind)
    const ends = await Promise.allSettled(chosen.map((node) => doToNode(kind, node)))
    const refused = ends.filter((end) => end.status === 'rejected')
    if (refused.length > 0) tellRefused(t.fleet.failed(refused.length, chosen.length), refused[0]!.reason)
    else tellDone(t.actions.done(nameOfAction(kind)))
    onDone()
  }
  return (
    <Toolbar inset={{ default: 'insetNone' }}>
      <ToolbarContent>
        <ToolbarItem alignSelf="center">{t.common.selected(nodes.length)}</ToolbarItem>
        {KINDS.filter((kind) => able(kind).length > 0).map((kind) => (
          <ToolbarItem key={kind}>
            <Button variant="secondary" onClick={() => setAsked(kind)}>
              {`${nameOfAction(kind)} (${able(kind).length})`}
            </Button>
          </ToolbarItem>
        ))}
      </ToolbarContent>
      {asked === undefined ? undefined : (
        <Consent
          title={`${nameOfAction(asked)} (${able(asked).length})`}
          action={nameOfAction(asked)}
          run={() => run(asked)}
          onClose={() => setAsked(undefined)}
        >
          {able(asked)
            .map(({ name }) => name)
            .join(', ')}
        </Consent>
      )}
    </Toolbar>
  )
}
