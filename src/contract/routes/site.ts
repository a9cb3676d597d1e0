// Routes of profiles, hooks, other appliances, credentials, the doctor and the event stream. Pure.
import { operatorRows } from './operator-rows.ts'
import { JSON_BYTES, type Route, rows, SMALL_BYTES } from './row.ts'

const profiles = operatorRows('profiles')
const notices = operatorRows('notices')
const appliances = operatorRows('appliances')

export const SITE_ROUTES: readonly Route[] = [
  profiles('GET', '/profiles', 'listProfiles', 'All profiles', { role: 'viewer' }),
  profiles('GET', '/profiles/:name', 'getProfile', 'One profile', { role: 'viewer', errors: ['PROFILE_NOT_FOUND'] }),
  profiles('POST', '/profiles/:name/check', 'checkProfile', 'Load the folder now and tell its problems', {
    role: 'builder',
    errors: ['PROFILE_NOT_FOUND'],
  }),

  notices('GET', '/hooks', 'listHooks', 'Who is told of what', { role: 'viewer' }),
  notices('PUT', '/hooks/:name', 'setHook', 'Make or replace a hook', { role: 'admin', body: JSON_BYTES }),
  notices('DELETE', '/hooks/:name', 'removeHook', 'Remove a hook', { role: 'admin', errors: ['HOOK_NOT_FOUND'] }),

  appliances('GET', '/agent-credentials', 'listAgentCredentials', 'Credentials by which other agents come here', {
    role: 'operator',
  }),
  appliances('POST', '/agent-credentials', 'addAgentCredential', 'Make an agent credential; its secret is told this once', {
    role: 'admin',
    body: SMALL_BYTES,
    errors: ['AGENT_CREDENTIAL_NAME_TAKEN'],
  }),
  appliances('DELETE', '/agent-credentials/:name', 'removeAgentCredential', 'Refuse a credential from now on', {
    role: 'admin',
    errors: ['AGENT_CREDENTIAL_NOT_FOUND'],
  }),
  appliances('GET', '/appliances', 'listAppliances', 'Other appliances that agents are told of', { role: 'viewer' }),
  appliances('PUT', '/appliances/:name', 'setAppliance', 'List another appliance, or change its entry', {
    role: 'admin',
    body: SMALL_BYTES,
  }),
  appliances('DELETE', '/appliances/:name', 'removeAppliance', 'Take an appliance off the list', {
    role: 'admin',
    errors: ['APPLIANCE_NOT_LISTED'],
  }),
  appliances(
    'GET',
    '/nodes/:node/agent-config',
    'getAgentConfig',
    'What an agent of this node may be started with, credentials included',
    { role: 'admin', errors: ['NODE_NOT_FOUND'] },
  ),

  operatorRows('appliance')(
    'GET',
    '/signing-keys',
    'listSigningKeys',
    'The public keys by which this appliance signs and signed',
    {
      role: 'viewer',
    },
  ),
  operatorRows('appliance')(
    'POST',
    '/signing-keys/rotate',
    'rotateSigningKey',
    'Sign with a new key; what earlier ones signed is known on',
    {
      role: 'admin',
    },
  ),
  operatorRows('appliance')('GET', '/ca', 'getCa', 'The CA of this appliance and the certificates that HTTPS shows', {
    role: 'viewer',
  }),
  operatorRows('appliance')('POST', '/ca/rotate', 'rotateCa', 'Make a new CA; who trusts the one before follows for a while', {
    role: 'admin',
    body: SMALL_BYTES,
  }),
  operatorRows('appliance')('GET', '/settings', 'getSettings', 'Every setting as it is in force, and who said it', {
    role: 'operator',
  }),
  operatorRows('appliance')('GET', '/figures', 'getFigures', 'What was counted over the last day or weeks, for charts', {
    role: 'viewer',
  }),
  operatorRows('doctor')('GET', '/doctor', 'getDoctorReport', 'What is wrong here, and what to do', { role: 'viewer' }),
  operatorRows('events')('GET', '/events', 'streamEvents', 'Events as they happen', {
    role: 'viewer',
    gives: 'text/event-stream',
  }),
  rows<object>('appliance', '', () => ({ kind: 'operator', role: 'viewer', takesBasic: true }))(
    'GET',
    '/metrics',
    'getMetrics',
    'What is counted here, for Prometheus',
    { gives: 'text/plain' },
  ),
]
