// Routes of software packages. Pure.
import { PACKAGE_TYPE } from '../package.ts'
import { operatorRows } from './operator-rows.ts'
import { JSON_BYTES, type Route } from './row.ts'

const row = operatorRows('packages')

/** The largest packages that people make: an office suite, a toolkit for graphics cards. */
export const PACKAGE_BYTES = 8 * 1024 * 1024 * 1024

export const PACKAGE_ROUTES: readonly Route[] = [
  row('GET', '/packages', 'listPackages', 'All packages with their versions, and what in the watched folder is none', {
    role: 'viewer',
  }),
  row('GET', '/packages/:name', 'getPackage', 'One package', { role: 'viewer', errors: ['PACKAGE_NOT_FOUND'] }),
  row('GET', '/packages/:name/versions/:version', 'getPackageVersion', 'One version of a package', {
    role: 'viewer',
    errors: ['PACKAGE_NOT_FOUND'],
  }),
  row('GET', '/packages/:name/versions/:version/files/:digest', 'getPackageFile', 'The bytes of a file of a version', {
    role: 'viewer',
    gives: 'application/octet-stream',
    errors: ['PACKAGE_NOT_FOUND'],
  }),
  row('POST', '/packages', 'addPackage', 'Keep a package: a .deb, or a folder as tar', {
    role: 'builder',
    body: PACKAGE_BYTES,
    takes: PACKAGE_TYPE,
    errors: ['PACKAGE_INVALID', 'PACKAGE_VERSION_EXISTS'],
  }),
  row('POST', '/packages/check', 'checkPackages', 'Load the watched folder now and tell its problems', { role: 'builder' }),
  row('POST', '/packages/resolve', 'resolvePackages', 'Which versions go together on a machine, or why none do', {
    role: 'viewer',
    body: JSON_BYTES,
  }),
  row('DELETE', '/packages/:name/versions/:version', 'removePackageVersion', 'Remove a version', {
    role: 'operator',
    errors: ['PACKAGE_NOT_FOUND', 'PACKAGE_IN_USE'],
  }),
]
