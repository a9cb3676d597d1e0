// Routes of the secrets that steps of profiles are given. Pure.
import { SECRET_MAX_BYTES } from '../secrets.ts'
import { operatorRows } from './operator-rows.ts'
import type { Route } from './row.ts'

const row = operatorRows('secrets')
/** As JSON spells it at the worst. */
const BODY_BYTES = 6 * SECRET_MAX_BYTES + 1024

export const SECRET_ROUTES: readonly Route[] = [
  row('GET', '/secrets', 'listSecrets', 'Names of the secrets that steps of profiles may be given', { role: 'builder' }),
  row('PUT', '/secrets/:secret', 'setSecret', 'Keep a secret, encrypted; it is never shown again', {
    role: 'admin',
    body: BODY_BYTES,
    onlyEncrypted: true,
  }),
  row('DELETE', '/secrets/:secret', 'removeSecret', 'Remove a secret', { role: 'admin', errors: ['SECRET_NOT_FOUND'] }),
]
