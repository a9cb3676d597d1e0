// Takes a node out of service for good.
import type { NodeView } from '../app/api.ts'
import { Consent } from '../parts/consent.tsx'
import { t } from '../words/index.ts'
import { retireNode } from './do-node.ts'

export function RetireConsent({ node, onClose }: { readonly node: NodeView; readonly onClose: () => void }) {
  return (
    <Consent
      title={`${t.nodeDialogs.retire}: ${node.name}`}
      action={t.nodeDialogs.retire}
      typed={{ label: t.common.typeName(node.name), text: node.name }}
      run={() => retireNode(node)}
      onClose={onClose}
    >
      {t.holding.retires(node.name)}
    </Consent>
  )
}
