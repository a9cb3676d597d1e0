// Users, and tokens of programs: who gets in, with which role, and until when.
import { Button, Flex, FlexItem } from '@patternfly/react-core'
import { useState } from 'react'
import type { Schema } from '../../client/index.ts'
import { useTokens, useUsers } from '../app/api.ts'
import { Consent } from '../parts/consent.tsx'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { instant } from '../parts/format.ts'
import { Asked, PartTitle, Screen } from '../parts/screen.tsx'
import { t } from '../words/index.ts'
import { AddDialog } from './add-dialog.tsx'
import { remove } from './do-access.ts'

type User = Schema<'UserView'>
type Token = Schema<'TokenView'>

const scopeWords = ({ scope }: Pick<User, 'scope'>): string =>
  scope === undefined ? t.access.everything : [...(scope.locations ?? []), ...(scope.classes ?? [])].join(', ')
const whenOf = (at: string | undefined): string => (at === undefined ? t.access.never : instant(at))

const USERS: readonly Column<User>[] = [
  { key: 'name', head: t.access.columns.name, width: 30, cell: ({ name }) => name },
  { key: 'role', isFit: true, head: t.access.columns.role, cell: ({ role }) => t.access.roles[role] },
  { key: 'scope', isMinor: true, head: t.access.columns.scope, cell: scopeWords },
  {
    key: 'second',
    isFit: true,
    isMinor: true,
    head: t.access.columns.second,
    cell: ({ hasSecondFactor }) => (hasSecondFactor ? t.access.on : t.access.off),
  },
  { key: 'login', isFit: true, isMinor: 'wide', head: t.access.columns.login, cell: ({ lastLoginAt }) => whenOf(lastLoginAt) },
  { key: 'remove', isFit: true, head: t.common.actions, cell: ({ name }) => <Remove what="user" name={name} /> },
]
const TOKENS: readonly Column<Token>[] = [
  { key: 'name', head: t.access.columns.name, width: 30, cell: ({ name }) => name },
  { key: 'role', isFit: true, head: t.access.columns.role, cell: ({ role }) => t.access.roles[role] },
  { key: 'scope', isMinor: true, head: t.access.columns.scope, cell: scopeWords },
  { key: 'expires', isFit: true, isMinor: true, head: t.access.columns.expires, cell: ({ expiresAt }) => instant(expiresAt) },
  { key: 'used', isFit: true, isMinor: 'wide', head: t.access.columns.used, cell: ({ lastUsedAt }) => whenOf(lastUsedAt) },
  { key: 'remove', isFit: true, head: t.common.actions, cell: ({ name }) => <Remove what="token" name={name} /> },
]

export function AccessScreen() {
  const [adding, setAdding] = useState<'user' | 'token'>()
  return (
    <Screen
      title={t.access.title}
      actions={
        <Flex>
          {(['user', 'token'] as const).map((what) => (
            <FlexItem key={what}>
              <Button variant="secondary" onClick={() => setAdding(what)}>
                {t.access.add[what]}
              </Button>
            </FlexItem>
          ))}
        </Flex>
      }
    >
      <PartTitle>{t.access.users}</PartTitle>
      <Asked of={useUsers()}>
        {(users) => (
          <DataTable
            label={t.access.users}
            columns={USERS}
            rows={users}
            keyOf={({ name }) => name}
            empty={{ title: t.access.noUsers, hint: t.access.noUsersHint }}
          />
        )}
      </Asked>
      <PartTitle>{t.access.tokens}</PartTitle>
      <Asked of={useTokens()}>
        {(tokens) => (
          <DataTable
            label={t.access.tokens}
            columns={TOKENS}
            rows={tokens}
            keyOf={({ name }) => name}
            empty={{ title: t.access.noTokens }}
          />
        )}
      </Asked>
      {adding === undefined ? undefined : <AddDialog what={adding} onClose={() => setAdding(undefined)} />}
    </Screen>
  )
}

function Remove({ what, name }: { readonly what: 'user' | 'token'; readonly name: string }) {
  const [isAsked, setAsked] = useState(false)
  return (
    <>
      <Button variant="link" isDanger isInline onClick={() => setAsked(true)} aria-label={`${t.access.remove}: ${name}`}>
        {t.access.remove}
      </Button>
      {isAsked ? (
        <Consent
          title={`${t.access.remove}: ${name}`}
          action={t.access.remove}
          run={() => remove(what, name)}
          onClose={() => setAsked(false)}
        >
          {what === 'user' ? t.access.removeUser(name) : t.access.removeToken(name)}
        </Consent>
      ) : undefined}
    </>
  )
}
