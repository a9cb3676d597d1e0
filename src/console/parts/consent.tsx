// Asks for consent to what cannot be taken back: says what happens, and wants a name or a number typed.
import { FormGroup, TextInput } from '@patternfly/react-core'
import { type ReactNode, useState } from 'react'
import { Dialog } from './dialog.tsx'

interface ConsentProps {
  readonly title: string
  readonly children: ReactNode
  readonly action: string
  /** What has to be typed; left out: a click is enough. */
  readonly typed?: { readonly label: string; readonly text: string }
  /** False: something of what is asked above is still missing. */
  readonly isReady?: boolean
  readonly run: () => Promise<unknown>
  readonly onClose: () => void
}

export function Consent({ title, children, action, typed, isReady = true, run, onClose }: ConsentProps) {
  const [text, setText] = useState('')
  return (
    <Dialog
      title={title}
      action={action}
      isDanger
      isReady={isReady && (typed === undefined || text.trim() === typed.text)}
      {...(typed === undefined ? {} : { focusId: 'consent' })}
      run={run}
      onClose={onClose}
    >
      <div>{children}</div>
      {typed === undefined ? undefined : (
        <FormGroup label={typed.label} fieldId="consent">
          <TextInput id="consent" value={text} onChange={(_event, value) => setText(value)} autoComplete="off" />
        </FormGroup>
      )}
    </Dialog>
  )
}
