// The way in: name and password, with a code where the user has a second factor; or a token.
import {
  ActionGroup,
  Button,
  Card,
  CardBody,
  CardTitle,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  TextInput,
} from '@patternfly/react-core'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { createApiClient, ProblemError, unwrap } from '../../client/index.ts'
import { ProblemAlert } from '../parts/problem.tsx'
import { t } from '../words/index.ts'
import { session } from './session.ts'
import { APPLIANCE_URL } from './where.ts'

export function SignIn() {
  const [way, setWay] = useState<'password' | 'token'>('password')
  const other = way === 'password' ? 'token' : 'password'
  return (
    <main className="pl-narrow pl-sign-in">
      <Card>
        <CardTitle component="h1">{`${t.product}: ${t.signIn.title}`}</CardTitle>
        <CardBody>
          {way === 'password' ? <ByPassword /> : <ByToken />}
          <Button variant="link" isInline onClick={() => setWay(other)}>
            {t.signIn.instead[other]}
          </Button>
        </CardBody>
      </Card>
    </main>
  )
}

function ByPassword() {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const trying = useMutation({
    mutationFn: () => {
      const asking = createApiClient({ baseUrl: APPLIANCE_URL })
      return unwrap(asking.POST('/api/v1/login', { body: { name, password, ...(code === '' ? {} : { code }) } }))
    },
    onSuccess: () => session.beginWithLogin(),
  })
  const needsCode = code !== '' || (trying.error instanceof ProblemError && trying.error.problem.code === 'LOGIN_CODE_NEEDED')
  return (
    <Way isReady={name !== '' && password !== ''} isTrying={trying.isPending} onTry={() => trying.mutate()}>
      <Field id="name" label={t.signIn.name} value={name} onChange={setName} autoComplete="username" />
      <Field
        id="password"
        label={t.signIn.password}
        type="password"
        value={password}
        onChange={setPassword}
        autoComplete="current-password"
      />
      {needsCode ? (
        <Field id="code" label={t.signIn.code} value={code} onChange={setCode} autoComplete="one-time-code" />
      ) : undefined}
      {trying.error === null ? undefined : <ProblemAlert error={trying.error} />}
    </Way>
  )
}

function ByToken() {
  const [token, setToken] = useState('')
  // Asked with the token before it is kept: a wrong one is told here.
  const trying = useMutation({
    mutationFn: async () => {
      const asking = createApiClient({ baseUrl: APPLIANCE_URL, token: () => token.trim() })
      await unwrap(asking.GET('/api/v1/me'))
    },
    onSuccess: () => session.beginWithToken(token.trim()),
  })
  const isRefused = trying.error instanceof ProblemError && trying.error.problem.status === 401
  return (
    <Way isReady={token.trim() !== ''} isTrying={trying.isPending} onTry={() => trying.mutate()}>
      <Field id="token" label={t.signIn.token} type="password" value={token} onChange={setToken} autoComplete="off">
        <FormHelperText>
          <HelperText>
            <HelperTextItem variant={isRefused ? 'error' : 'default'}>
              {isRefused ? t.signIn.refused : t.signIn.where}
            </HelperTextItem>
          </HelperText>
        </FormHelperText>
      </Field>
      {trying.error === null || isRefused ? undefined : <ProblemAlert error={trying.error} />}
    </Way>
  )
}

interface WayProps {
  readonly isReady: boolean
  readonly isTrying: boolean
  readonly onTry: () => void
  readonly children: ReactNode
}

function Way({ isReady, isTrying, onTry, children }: WayProps) {
  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault()
        if (isReady) onTry()
      }}
    >
      {children}
      <ActionGroup>
        <Button type="submit" isDisabled={!isReady} isLoading={isTrying}>
          {t.signIn.go}
        </Button>
      </ActionGroup>
    </Form>
  )
}

interface FieldProps {
  readonly id: string
  readonly label: string
  readonly type?: 'password'
  readonly value: string
  readonly onChange: (value: string) => void
  readonly autoComplete: string
  readonly children?: ReactNode
}

function Field({ id, label, type, value, onChange, autoComplete, children }: FieldProps) {
  return (
    <FormGroup label={label} fieldId={id} isRequired>
      <TextInput
        id={id}
        {...(type === undefined ? {} : { type })}
        value={value}
        onChange={(_event, text) => onChange(text)}
        autoComplete={autoComplete}
        isRequired
      />
      {children}
    </FormGroup>
  )
}
