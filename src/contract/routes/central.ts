// Routes of what central keeps: functions, distributions, templates, sites, and what each site needs. Pure.
import type { ErrorCode } from '../errors.ts'
import { operatorRows } from './operator-rows.ts'
import { JSON_BYTES, type Route } from './row.ts'

const row = operatorRows('central')

/** Path, the name in calls, and what people call one. */
const KINDS = [
  ['functions', 'Function', 'function'],
  ['distributions', 'Distribution', 'distribution'],
  ['distribution-profiles', 'DistributionProfile', 'distribution profile'],
  ['templates', 'Template', 'configuration template'],
  ['configuration-files', 'ConfigurationFile', 'configuration file'],
  ['site-definitions', 'SiteDefinition', 'definition of a site'],
] as const

const gone: readonly ErrorCode[] = ['CENTRAL_OBJECT_NOT_FOUND']
const elsewhere: readonly ErrorCode[] = ['CENTRAL_OBJECT_FROM_ELSEWHERE']

export const CENTRAL_ROUTES: readonly Route[] = [
  ...KINDS.flatMap(([path, name, word]) => [
    row('GET', `/${path}`, `list${name}s`, `Every ${word}`, { role: 'viewer' }),
    row('GET', `/${path}/:name`, `get${name}`, `One ${word}, as it is or as it was`, { role: 'viewer', errors: gone }),
    row('PUT', `/${path}/:name`, `set${name}`, `Make or replace a ${word}`, {
      role: 'operator',
      body: JSON_BYTES,
      errors: ['CENTRAL_OBJECT_INVALID', ...elsewhere],
    }),
    row('DELETE', `/${path}/:name`, `remove${name}`, `Remove a ${word} that nothing names`, {
      role: 'operator',
      errors: [...gone, ...elsewhere, 'CENTRAL_OBJECT_IN_USE'],
    }),
  ]),
  row('GET', '/functions/:name/explain', 'explainFunction', 'Why a function comes to which software', {
    role: 'viewer',
    errors: [...gone, 'NODE_NOT_FOUND'],
  }),
  row('GET', '/templates/:name/render', 'renderTemplate', 'What a template comes to for a machine or a site', {
    role: 'viewer',
    errors: [...gone, 'NODE_NOT_FOUND', 'TEMPLATE_NOT_RENDERED'],
  }),
  row('GET', '/central-folder', 'getCentralFolder', 'What the last look at the watched folder found', { role: 'viewer' }),
  row('POST', '/central-folder/check', 'checkCentralFolder', 'Load the watched folder now and tell its problems', {
    role: 'operator',
  }),
  row('GET', '/site-definitions/:name/closure', 'getSiteClosure', 'What a site needs, and nothing else', {
    role: 'viewer',
    errors: gone,
  }),
  row('GET', '/site-definitions/:name/plan', 'getSitePlan', 'The same with bytes as they are stored', {
    role: 'viewer',
    errors: gone,
  }),
]
