// Routes of the boot OS's builds. Pure.
import { operatorRows } from './operator-rows.ts'
import type { Route } from './row.ts'

const row = operatorRows('boot-builds')

export const BOOT_BUILD_ROUTES: readonly Route[] = [
  row('GET', '/boot-builds', 'listBootBuilds', 'All builds of the boot OS', { role: 'viewer' }),
  row('GET', '/boot-builds/:architecture/:number', 'getBootBuild', 'One build, with its files and what it was made from', {
    role: 'viewer',
    errors: ['BOOT_BUILD_NOT_FOUND'],
  }),
  row('POST', '/boot-builds/:architecture/:number/use', 'useBootBuild', 'Machines that ask for no other get this one', {
    role: 'operator',
    errors: ['BOOT_BUILD_NOT_FOUND'],
  }),
  row('DELETE', '/boot-builds/:architecture/:number', 'removeBootBuild', 'Remove a build that nobody needs', {
    role: 'operator',
    errors: ['BOOT_BUILD_NOT_FOUND', 'BOOT_BUILD_IN_USE'],
  }),
]
