// The role that a person types for a user or a token. Pure.
import { AppError } from '../contract/errors.ts'
import { ROLES, type Role, type Scope } from '../contract/people.ts'

export const ROLE_OPTION = {
  role: { type: 'string', value: 'ROLE', description: `One of ${ROLES.join(', ')}; each may do all that the ones before may.` },
} as const

export function roleOf(word: string | undefined, command: string): Role {
  const role = ROLES.find((each) => each === word)
  if (role !== undefined) return role
  const said = word === undefined ? `${command} takes --role` : `"${word}" is no role`
  throw new AppError('CLI_USAGE', said, `Say one of --role ${ROLES.join(', --role ')}.`)
}

export const SCOPE_OPTIONS = {
  location: {
    type: 'string',
    value: 'PLACE',
    multiple: true,
    description: 'Sees the machines there, or below it. May be repeated.',
  },
  class: { type: 'string', value: 'NAME', multiple: true, description: 'Sees the machines of this class. May be repeated.' },
  'at-site': {
    type: 'string',
    value: 'NAME',
    multiple: true,
    description: 'Sees this site: there the same places and classes, or all machines. May be repeated.',
  },
} as const

type ScopeValues = Readonly<Record<'location' | 'class' | 'at-site', readonly string[]>>

/** Nothing: all machines. */
export function scopeOf(values: ScopeValues): { scope?: Scope } {
  const { location: locations, class: classes, 'at-site': sites } = values
  if (locations.length + classes.length + sites.length === 0) return {}
  return { scope: { locations: [...locations], classes: [...classes], ...(sites.length === 0 ? {} : { sites: [...sites] }) } }
}

export function scopeWords(scope: Scope | undefined): string {
  if (scope === undefined) return 'everything'
  const { locations = [], classes = [], sites = [] } = scope
  return [...locations, ...classes.map((name) => `class ${name}`), ...sites.map((name) => `site ${name}`)].join('; ') || 'nothing'
}
