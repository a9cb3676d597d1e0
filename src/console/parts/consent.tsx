// Asks for consent to what cannot be taken back: says what happens, and wants a name or a number typed.
import { Button, Form, FormGroup, Modal, ModalBody, ModalFooter, ModalHeader, TextInput } from '@patternfly/react-core'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { t } from '../words/index.ts'
import { ProblemAlert } from './problem.tsx'

interface ConsentProps {
  readonly title: string
  readonly children: ReactNode
  readonly action: string
  /** What has to be typed; left out: a click is enough. */
  readonly typed?: { readonly label: string; readonly text: string }
  readonly run: () => Promise<unknown>
  readonly onClose: () => void
}

export function Consent({ title, children, action, typed, run, onClose }: ConsentProps) {
  const [text, setText] = useState('')
  const going = useMutation({ mutationFn: run, onSuccess: onClose })
  const isReady = typed === undefined || text.trim() === typed.text
  return (
    <Modal
      isOpen
      variant="small"
      onClose={onClose}
      aria-label={title}
      {...(typed === undefined ? {} : { elementToFocus: '#consent' })}
    >
      <ModalHeader title={title} titleIconVariant="warning" />
      <ModalBody>
        <Form
          onSubmit={(event) => {
            event.preventDefault()
            if (isReady) going.mutate()
          }}
        >
          <div>{children}</div>
          {typed === undefined ? undefined : (
            <FormGroup label={typed.label} fieldId="consent">
              <TextInput id="consent" value={text} onChange={(_event, value) => setText(value)} autoComplete="off" />
            </FormGroup>
          )}
          {going.error === null ? undefined : <ProblemAlert error={going.error} />}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button variant="danger" isDisabled={!isReady} isLoading={going.isPending} onClick={() => going.mutate()}>
          {action}
        </Button>
        <Button variant="link" onClick={onClose}>
          {t.common.cancel}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
