// What an admin does to users and tokens.
import { type Schema, unwrap } from '../../client/index.ts'
import { api, KEYS, queries } from '../app/api.ts'

export type Role = Schema<'RoleName'>
export const ROLES: readonly Role[] = ['viewer', 'technician', 'builder', 'operator', 'admin']

export async function addUser(name: string, role: Role, password: string): Promise<void> {
  await unwrap(api.POST('/api/v1/users', { body: { name, role, password } }))
  await queries.invalidateQueries({ queryKey: KEYS.users })
}

/** Its secret, which is told this once. */
export async function addToken(name: string, role: Role, days: number): Promise<string> {
  const { secret } = await unwrap(api.POST('/api/v1/tokens', { body: { name, role, days } }))
  await queries.invalidateQueries({ queryKey: KEYS.tokens })
  return secret
}

export async function remove(what: 'user' | 'token', name: string): Promise<void> {
  if (what === 'user') await unwrap(api.DELETE('/api/v1/users/{user}', { params: { path: { user: name } } }))
  else await unwrap(api.DELETE('/api/v1/tokens/{token}', { params: { path: { token: name } } }))
  await queries.invalidateQueries({ queryKey: what === 'user' ? KEYS.users : KEYS.tokens })
}
