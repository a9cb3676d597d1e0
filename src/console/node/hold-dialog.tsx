// Gives a node no further job, with the reason that people read; or takes away the job that it has as well.
import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from '@patternfly/react-core'
import { useState } from 'react'
import type { NodeView } from '../app/api.ts'
import { Dialog } from '../parts/dialog.tsx'
import { t } from '../words/index.ts'
import { holdNode } from './do-node.ts'

interface HoldDialogProps {
  readonly kind: 'hold' | 'reclaim'
  readonly node: NodeView
  readonly onClose: () => void
}

export function HoldDialog({ kind, node, onClose }: HoldDialogProps) {
  const [reason, setReason] = useState('')
  return (
    <Dialog
      title={`${t.nodeDialogs[kind]}: ${node.name}`}
      action={t.nodeDialogs[kind]}
      isReady={reason.trim() !== ''}
      isDanger={kind === 'reclaim'}
      focusId="hold-reason"
      run={() => holdNode(kind, node, reason.trim())}
      onClose={onClose}
    >
      <FormGroup label={t.holding.reason} fieldId="hold-reason" isRequired>
        <TextInput id="hold-reason" value={reason} onChange={(_event, value) => setReason(value)} isRequired maxLength={200} />
        <FormHelperText>
          <HelperText>
            <HelperTextItem>{t.holding.says[kind]}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      </FormGroup>
    </Dialog>
  )
}
