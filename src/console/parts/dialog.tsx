// A window with a form: fields, what the appliance refused, one button that does it. Enter does it, too.
import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { t } from '../words/index.ts'
import { ProblemAlert } from './problem.tsx'

interface DialogProps {
  readonly title: string
  readonly action: string
  readonly children: ReactNode
  /** False: the button waits for what is still to be filled in. */
  readonly isReady?: boolean
  readonly isDanger?: boolean
  readonly size?: 'small' | 'medium'
  /** The id of the field where writing begins. */
  readonly focusId?: string
  readonly run: () => Promise<unknown>
  readonly onClose: () => void
  /** When it is done; left out: the window closes. */
  readonly onDone?: () => void
}

export function Dialog(props: DialogProps) {
  const { title, action, children, isReady = true, isDanger = false, size = 'small', focusId, run, onClose } = props
  const going = useMutation({ mutationFn: run, onSuccess: props.onDone ?? onClose })
  return (
    <Modal
      isOpen
      variant={size}
      onClose={onClose}
      aria-label={title}
      {...(focusId === undefined ? {} : { elementToFocus: `#${focusId}` })}
    >
      <ModalHeader title={title} {...(isDanger ? { titleIconVariant: 'warning' as const } : {})} />
      <ModalBody>
        <Form
          onSubmit={(event) => {
            event.preventDefault()
            if (isReady && !going.isPending) going.mutate()
          }}
        >
          {children}
          {going.error === null ? undefined : <ProblemAlert error={going.error} />}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button
          variant={isDanger ? 'danger' : 'primary'}
          isDisabled={!isReady}
          isLoading={going.isPending}
          onClick={() => going.mutate()}
        >
          {action}
        </Button>
        <Button variant="link" onClick={onClose}>
          {t.common.cancel}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
