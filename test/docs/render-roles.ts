// docs/roles.md: every call of people by its least role, made from the table that the appliance checks with. Pure.
import { ROLES } from '../../src/contract/people.ts'
import { ROUTES } from '../../src/contract/routes.ts'
import { GENERATED } from './render-configuration.ts'

export function renderRoles(): string {
  const parts = ROLES.flatMap((role) => {
    const rows = ROUTES.filter(({ caller }) => caller.kind === 'operator' && caller.role === role).map(
      ({ method, path, summary }) => `| \`${method} ${path}\` | ${summary} |`,
    )
    return [`## ${role}`, '', '| call | |', '|---|---|', ...rows, '']
  })
  return [GENERATED, ...INTRODUCTION, ...parts].join('\n')
}

const INTRODUCTION = [
  '# Roles',
  '',
  'Every call of people under its least role; each role may do all that stands above it, too. [access.md](access.md) tells how somebody gets one.',
  '',
]
