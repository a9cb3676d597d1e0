// Routes of people, their logins, and tokens for machines and programs. Pure.
import { OPERATOR_API_PREFIX } from '../operator-api.ts'
import { operatorRows } from './operator-rows.ts'
import { type Proof, type Route, rows, SMALL_BYTES } from './row.ts'

const row = operatorRows('people')
const proves = rows<{ readonly proof: Proof }>('people', OPERATOR_API_PREFIX, ({ proof }) => ({ kind: 'own-proof', proof }))

export const PEOPLE_ROUTES: readonly Route[] = [
  proves('POST', '/login', 'login', 'Prove who you are by a password; gives a cookie or a token', {
    proof: 'password',
    body: SMALL_BYTES,
    errors: ['LOGIN_REFUSED', 'LOGIN_CODE_NEEDED', 'LOGIN_LOCKED'],
  }),
  proves('POST', '/first-admin', 'addFirstAdmin', 'Make the first admin, by the code in the log of the appliance', {
    proof: 'one-time-code',
    body: SMALL_BYTES,
    errors: ['FIRST_ADMIN_REFUSED', 'LOGIN_LOCKED', 'USER_NAME_TAKEN'],
  }),
  row('GET', '/me', 'getCaller', 'As whom this request came, and what that may', { role: 'viewer' }),
  row('POST', '/logout', 'logout', 'End this login', { role: 'viewer' }),
  row('POST', '/me/password', 'changeOwnPassword', 'Change your own password; ends your other logins', {
    role: 'viewer',
    body: SMALL_BYTES,
    errors: ['LOGIN_REFUSED', 'LOGIN_LOCKED', 'USER_NOT_FOUND'],
  }),
  row('POST', '/me/second-factor', 'beginSecondFactor', 'Begin a second factor: a secret for an authenticator app', {
    role: 'viewer',
    body: SMALL_BYTES,
    errors: ['LOGIN_REFUSED', 'LOGIN_LOCKED'],
  }),
  row('POST', '/me/second-factor/confirm', 'confirmSecondFactor', 'Put it in force, by a first code; tells codes for paper', {
    role: 'viewer',
    body: SMALL_BYTES,
    errors: ['SECOND_FACTOR_REFUSED', 'LOGIN_LOCKED', 'USER_NOT_FOUND'],
  }),
  row('POST', '/me/second-factor/remove', 'removeSecondFactor', 'Take the second factor away, by password and a code', {
    role: 'viewer',
    body: SMALL_BYTES,
    errors: ['LOGIN_REFUSED', 'LOGIN_LOCKED', 'USER_NOT_FOUND'],
  }),

  row('GET', '/users', 'listUsers', 'All users', { role: 'admin' }),
  row('POST', '/users', 'addUser', 'Add a user', {
    role: 'admin',
    body: SMALL_BYTES,
    errors: ['USER_NAME_TAKEN', 'LOGIN_LOCKED'],
  }),
  row('PATCH', '/users/:user', 'changeUser', 'Change the role or the password of a user; ends the logins of the user', {
    role: 'admin',
    body: SMALL_BYTES,
    errors: ['USER_NOT_FOUND', 'LOGIN_LOCKED'],
  }),
  row('DELETE', '/users/:user', 'removeUser', 'Remove a user and every login of the user', {
    role: 'admin',
    errors: ['USER_NOT_FOUND'],
  }),

  row('GET', '/tokens', 'listTokens', 'Tokens of machines and programs', { role: 'admin' }),
  row('POST', '/tokens', 'addToken', 'Make a token; its secret is told this once', {
    role: 'admin',
    body: SMALL_BYTES,
    errors: ['TOKEN_NAME_TAKEN'],
  }),
  row('GET', '/audit', 'listAudit', 'Who did what, from where; refused tries, too', { role: 'admin' }),
  row('GET', '/audit/verify', 'verifyAudit', 'Whether no entry of the audit was changed or taken out', { role: 'admin' }),
  row('DELETE', '/tokens/:token', 'removeToken', 'Refuse a token from now on', { role: 'admin', errors: ['TOKEN_NOT_FOUND'] }),
]
