// The role that a person types for a user or a token. Pure.
import { AppError } from '../contract/errors.ts'
import { ROLES, type Role } from '../contract/people.ts'

export const ROLE_OPTION = {
  role: { type: 'string', value: 'ROLE', description: `One of ${ROLES.join(', ')}; each may do all that the ones before may.` },
} as const

export function roleOf(word: string | undefined, command: string): Role {
  const role = ROLES.find((each) => each === word)
  if (role !== undefined) return role
  const said = word === undefined ? `${command} takes --role` : `"${word}" is no role`
  throw new AppError('CLI_USAGE', said, `Say one of --role ${ROLES.join(', --role ')}.`)
}
