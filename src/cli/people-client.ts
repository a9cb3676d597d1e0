// The part of the operator API about people, logins and tokens over HTTP. Keeps the token of a login in a file of the person.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Static, type TSchema, Type } from 'typebox'
import { type AuditEntry, type AuditExpectation, AuditList, type AuditQuery, AuditVerdict } from '../contract/audit.ts'
import {
  AddedToken,
  CallerView,
  type FirstAdmin,
  LoginAnswer,
  type NewToken,
  type NewUser,
  SecondFactorCodes,
  SecondFactorStart,
  TokenList,
  type TokenView,
  type UserChange,
  UserList,
  UserView,
} from '../contract/people.ts'
import { SecretList, SecretView } from '../contract/secrets.ts'

export interface PeopleApi {
  whoAmI(): Promise<CallerView>
  /** From now on commands of this person ask this appliance by that login; gives the file that keeps it. */
  login(
    name: string,
    password: string,
    code?: string,
  ): Promise<{ readonly answer: CallerView & { readonly until: string }; readonly file: string }>
  logout(): Promise<void>
  beginSecondFactor(password: string): Promise<SecondFactorStart>
  confirmSecondFactor(code: string): Promise<SecondFactorCodes>
  removeSecondFactor(password: string, code: string): Promise<void>
  users(): Promise<readonly UserView[]>
  addUser(user: NewUser): Promise<UserView>
  addFirstAdmin(first: FirstAdmin): Promise<UserView>
  changeUser(name: string, change: UserChange): Promise<UserView>
  removeUser(name: string): Promise<void>
  tokens(): Promise<readonly TokenView[]>
  addToken(token: NewToken): Promise<AddedToken>
  removeToken(name: string): Promise<void>
  secrets(): Promise<readonly SecretView[]>
  setSecret(name: string, value: string): Promise<SecretView>
  removeSecret(name: string): Promise<void>
  auditEntries(query: AuditQuery): Promise<readonly AuditEntry[]>
  verifyAudit(expected: AuditExpectation): Promise<AuditVerdict>
}

type Ask = <T extends TSchema>(method: string, path: string, answer: T, body?: unknown) => Promise<Static<T>>

interface PeopleClientDeps {
  readonly ask: Ask
  /** Without a token: who asks has none yet. */
  readonly askOpenly: Ask
  /** Where the token of a login is kept. */
  readonly keptTokenFile: string
}

const NOTHING = Type.Void()

export function createPeopleClient({ ask, askOpenly, keptTokenFile }: PeopleClientDeps): PeopleApi {
  const user = (name: string) => `/users/${encodeURIComponent(name)}`
  return {
    whoAmI: () => ask('GET', '/me', CallerView),
    beginSecondFactor: (password) => ask('POST', '/me/second-factor', SecondFactorStart, { password }),
    confirmSecondFactor: (code) => ask('POST', '/me/second-factor/confirm', SecondFactorCodes, { code }),
    removeSecondFactor: (password, code) => ask('POST', '/me/second-factor/remove', NOTHING, { password, code }),
    async login(name, password, code) {
      const { token = '', ...answer } = await askOpenly('POST', '/login', LoginAnswer, { name, password, code, keep: 'token' })
      mkdirSync(dirname(keptTokenFile), { recursive: true, mode: 0o700 })
      // A file that is there keeps its mode: away with it first.
      rmSync(keptTokenFile, { force: true })
      writeFileSync(keptTokenFile, `${token}\n`, { mode: 0o600, flag: 'wx' })
      return { answer, file: keptTokenFile }
    },
    async logout() {
      try {
        await ask('POST', '/logout', NOTHING)
      } finally {
        rmSync(keptTokenFile, { force: true })
      }
    },
    users: async () => (await ask('GET', '/users', UserList)).users,
    addUser: (added) => ask('POST', '/users', UserView, added),
    addFirstAdmin: (first) => askOpenly('POST', '/first-admin', UserView, first),
    changeUser: (name, change) => ask('PATCH', user(name), UserView, change),
    removeUser: (name) => ask('DELETE', user(name), NOTHING),
    tokens: async () => (await ask('GET', '/tokens', TokenList)).tokens,
    addToken: (token) => ask('POST', '/tokens', AddedToken, token),
    auditEntries: async (query) => (await ask('GET', `/audit${queryOf(query)}`, AuditList)).entries,
    verifyAudit: (expected) => ask('GET', `/audit/verify${queryOf(expected)}`, AuditVerdict),
    secrets: async () => (await ask('GET', '/secrets', SecretList)).secrets,
    setSecret: (name, value) => ask('PUT', `/secrets/${encodeURIComponent(name)}`, SecretView, { value }),
    removeSecret: (name) => ask('DELETE', `/secrets/${encodeURIComponent(name)}`, NOTHING),
    removeToken: (name) => ask('DELETE', `/tokens/${encodeURIComponent(name)}`, NOTHING),
  }
}

function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) if (value !== undefined) query.set(key, String(value))
  return query.size === 0 ? '' : `?${query}`
}
