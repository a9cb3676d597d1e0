// Add a user, or make a token and show its secret once.
import {
  Alert,
  Button,
  ClipboardCopy,
  Form,
  FormGroup,
  FormSelect,
  FormSelectOption,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from '@patternfly/react-core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { ProblemAlert } from '../parts/problem.tsx'
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
  const going = useMutation({
    mutationFn: async () => {
      if (what === 'token') return setSecret(await addToken(name, role, Number(days)))
      await addUser(name, role, password)
      tellDone(t.access.done(t.access.add.user))
      return onClose()
    },
  })
  const title = t.access.add[what]
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label={title} elementToFocus="#access-name">
      <ModalHeader title={title} />
      <ModalBody>
        {secret === undefined ? (
          <Form
            onSubmit={(event) => {
              event.preventDefault()
              if (isReady) going.mutate()
            }}
          >
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
            {going.error === null ? undefined : <ProblemAlert error={going.error} />}
          </Form>
        ) : (
          <>
            <Alert isInline variant="warning" title={t.access.once} component="p" className="pl-gap" />
            <ClipboardCopy
              isReadOnly
              hoverTip={t.access.copy}
              clickTip={t.access.copied}
              textAriaLabel={t.access.secret}
              toggleAriaLabel={t.access.secret}
            >
              {secret}
            </ClipboardCopy>
          </>
        )}
      </ModalBody>
      <ModalFooter>
        {secret === undefined ? (
          <>
            <Button isDisabled={!isReady} isLoading={going.isPending} onClick={() => going.mutate()}>
              {title}
            </Button>
            <Button variant="link" onClick={onClose}>
              {t.common.cancel}
            </Button>
          </>
        ) : (
          <Button onClick={onClose}>{t.common.close}</Button>
        )}
      </ModalFooter>
    </Modal>
  )
}
