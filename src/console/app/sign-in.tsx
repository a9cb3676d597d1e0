// The way in.
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
import { useState } from 'react'
import { createApiClient, ProblemError, unwrap } from '../../client/index.ts'
import { ProblemAlert } from '../parts/problem.tsx'
import { t } from '../words/index.ts'
import { session } from './session.ts'
import { APPLIANCE_URL } from './where.ts'

export function SignIn() {
  const [token, setToken] = useState('')
  // Asked with the token before it is kept: a wrong one is told here.
  const trying = useMutation({
    mutationFn: async () => {
      const asking = createApiClient({ baseUrl: APPLIANCE_URL, token: () => token.trim() })
      await unwrap(asking.GET('/api/v1/ssh-key'))
    },
    onSuccess: () => session.begin(token.trim()),
  })
  const isRefused = trying.error instanceof ProblemError && trying.error.problem.status === 401
  return (
    <main className="pl-narrow pl-sign-in">
      <Card>
        <CardTitle component="h1">{`${t.product}: ${t.signIn.title}`}</CardTitle>
        <CardBody>
          <Form
            onSubmit={(event) => {
              event.preventDefault()
              trying.mutate()
            }}
          >
            <FormGroup label={t.signIn.token} fieldId="token" isRequired>
              <TextInput
                id="token"
                type="password"
                value={token}
                onChange={(_event, value) => setToken(value)}
                autoComplete="current-password"
                autoFocus
                isRequired
              />
              <FormHelperText>
                <HelperText>
                  <HelperTextItem variant={isRefused ? 'error' : 'default'}>
                    {isRefused ? t.signIn.refused : t.signIn.where}
                  </HelperTextItem>
                </HelperText>
              </FormHelperText>
            </FormGroup>
            {trying.error === null || isRefused ? undefined : <ProblemAlert error={trying.error} />}
            <ActionGroup>
              <Button type="submit" isDisabled={token.trim() === ''} isLoading={trying.isPending}>
                {t.signIn.go}
              </Button>
            </ActionGroup>
          </Form>
        </CardBody>
      </Card>
    </main>
  )
}
