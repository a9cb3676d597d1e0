// Captures the disk of a node as the next version of an image.
import { FormGroup, TextInput } from '@patternfly/react-core'
import { useState } from 'react'
import type { NodeView } from '../app/api.ts'
import { Dialog } from '../parts/dialog.tsx'
import { t } from '../words/index.ts'
import { postJob } from './do-node.ts'

export function CaptureDialog({ node, onClose }: { readonly node: NodeView; readonly onClose: () => void }) {
  const [image, setImage] = useState(node.installed?.imageName ?? '')
  return (
    <Dialog
      title={`${t.actions.capture}: ${node.name}`}
      action={t.actions.capture}
      isReady={image !== ''}
      focusId="capture-image"
      run={() => postJob({ kind: 'capture', node: node.id, image })}
      onClose={onClose}
    >
      <FormGroup label={t.putBack.image} fieldId="capture-image" isRequired>
        <TextInput id="capture-image" value={image} onChange={(_event, value) => setImage(value)} isRequired />
      </FormGroup>
    </Dialog>
  )
}
