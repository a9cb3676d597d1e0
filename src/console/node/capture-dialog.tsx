// Captures the disk of a node as the next version of an image.
import { Button, Form, FormGroup, Modal, ModalBody, ModalFooter, ModalHeader, TextInput } from '@patternfly/react-core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { unwrap } from '../../client/index.ts'
import { api, type NodeView } from '../app/api.ts'
import { ProblemAlert } from '../parts/problem.tsx'
import { tellDone } from '../parts/toasts.tsx'
import { t } from '../words/index.ts'

export function CaptureDialog({ node, onClose }: { readonly node: NodeView; readonly onClose: () => void }) {
  const [image, setImage] = useState(node.installed?.imageName ?? '')
  const posting = useMutation({
    mutationFn: () => unwrap(api.POST('/api/v1/jobs', { body: { kind: 'capture', node: node.id, image } as never })),
    onSuccess: () => {
      tellDone(t.putBack.posted)
      onClose()
    },
  })
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label={t.actions.capture} elementToFocus="#capture-image">
      <ModalHeader title={`${t.actions.capture}: ${node.name}`} />
      <ModalBody>
        <Form
          onSubmit={(event) => {
            event.preventDefault()
            posting.mutate()
          }}
        >
          <FormGroup label={t.putBack.image} fieldId="capture-image" isRequired>
            <TextInput id="capture-image" value={image} onChange={(_event, value) => setImage(value)} isRequired />
          </FormGroup>
          {posting.error === null ? undefined : <ProblemAlert error={posting.error} />}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button isDisabled={image === ''} isLoading={posting.isPending} onClick={() => posting.mutate()}>
          {t.actions.capture}
        </Button>
        <Button variant="link" onClick={onClose}>
          {t.common.cancel}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
