// Add a user, or make a token and show its secret once.
import {
  Alert,
  Button,
  ClipboardCopy,
  FormGroup,
  FormSelect,
  FormSelectOption,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from '@patternfly/react-core'
import { useState } from 'react'
import { Dialog } from '../parts/dialog.tsx'
import { tellDone } from '../parts/toasts.tsx'
import { t } from '../words/index.ts'
import { addToken, addUser, ROLES, type Role } from './do-access.ts'

interface AddDialogProps {
  readonly what: 'user' | 'token'
  readonly onClose: () => void
}

const MIN_PASSWORD = 12

export function AddDialog({ what, onClose }: AddDialogProps) {
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const [password, setPassword] = useState('')
  const [days, setDays] = useState('90')
  const [secret, setSecret] = useState<string>()
  const isReady = name !== '' && (what === 'user' ? password.length >= MIN_PASSWORD : /^[1-9]\d{0,3}$/.test(days))
  const title = t.access.add[what]
  if (secret !== undefined) return <SecretDialog title={title} secret={secret} onClose={onClose} />
  const run = async () => {
    if (what === 'token') return setSecret(await addToken(name, role, Number(days)))
    await addUser(name, role, password)
    tellDone(t.access.done(title))
    return onClose()
  }
  return (
    <Dialog title={title} action={title} isReady={isReady} focusId="access-name" run={run} onDone={() => {}} onClose={onClose}>
      <FormGroup label={t.access.name} fieldId="access-name">
        <TextInput id="access-name" value={name} onChange={(_event, value) => setName(value)} autoComplete="off" />
      </FormGroup>
      <FormGroup label={t.access.role} fieldId="access-role">
        <FormSelect id="access-role" value={role} onChange={(_event, value) => setRole(value as Role)}>
          {ROLES.map((each) => (
            <FormSelectOption key={each} value={each} label={t.access.roles[each]} />
          ))}
        </FormSelect>
      </FormGroup>
      {what === 'user' ? (
        <FormGroup label={t.access.password} fieldId="access-password">
          <TextInput
            id="access-password"
            type="password"
            value={password}
            onChange={(_event, value) => setPassword(value)}
            autoComplete="new-password"
          />
        </FormGroup>
      ) : (
        <FormGroup label={t.access.days} fieldId="access-days">
          <TextInput id="access-days" type="number" value={days} onChange={(_event, value) => setDays(value)} />
        </FormGroup>
      )}
    </Dialog>
  )
}

interface SecretDialogProps {
  readonly title: string
  readonly secret: string
  readonly onClose: () => void
}

/** The secret is shown this once. */
function SecretDialog({ title, secret, onClose }: SecretDialogProps) {
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label={title}>
      <ModalHeader title={title} />
      <ModalBody>
        <Alert isInline variant="warning" title={t.access.once} component="p" />
        <ClipboardCopy
          className="pl-gap"
          isReadOnly
          hoverTip={t.access.copy}
          clickTip={t.access.copied}
          textAriaLabel={t.access.secret}
          toggleAriaLabel={t.access.secret}
        >
          {secret}
        </ClipboardCopy>
      </ModalBody>
      <ModalFooter>
        <Button onClick={onClose}>{t.common.close}</Button>
      </ModalFooter>
    </Modal>
  )
}
