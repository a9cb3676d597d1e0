// Routes of running systems, by the credential that a deploy put into them. Pure.
import { NODE_API_PREFIX } from '../node-words.ts'
import { HELLO_BYTES, type Route, rows } from './row.ts'

const LOG_BYTES = 256 * 1024

const row = rows<object>('running-node', NODE_API_PREFIX, () => ({ kind: 'own-proof', proof: 'node-credential' }))

export const RUNNING_NODE_ROUTES: readonly Route[] = [
  row('POST', '/present', 'sayPresent', 'Say what this system has; the answer is what to do', {
    body: HELLO_BYTES,
    takes: 'text/plain',
    gives: 'text/plain',
  }),
  rows<object>('running-node', '', () => ({ kind: 'own-proof', proof: 'proven-address' }))(
    'GET',
    '/cloud-init/:file',
    'getCloudInit',
    'The files of cloud-init (NoCloud) of the machine that asks: meta-data, user-data, vendor-data, network-config',
    {
      gives: 'text/plain',
      errors: ['NODE_ADDRESS_UNPROVEN', 'NODE_NOT_APPROVED', 'CLOUD_INIT_NOT_FOUND', 'TEMPLATE_NOT_RENDERED'],
    },
  ),
  row('GET', '/orders', 'waitForOrders', 'Wait for something to do', { gives: 'text/plain' }),
  row('GET', '/health-program', 'getHealthProgram', 'What a roll-out to this machine runs to know how it is; empty: nothing', {
    gives: 'text/plain',
  }),
  row('GET', '/installs/:jobId', 'getInstallPlan', 'What a packages job changes, for a shell', { gives: 'text/plain' }),
  row('POST', '/installs/:jobId/beat', 'beatInstall', 'Say that it goes on; the answer is whether it should', {
    body: HELLO_BYTES,
    takes: 'text/plain',
    gives: 'text/plain',
  }),
  row('POST', '/installs/:jobId/end', 'endInstall', 'Say how it ended, with its log; the answer is the new record', {
    body: LOG_BYTES,
    takes: 'text/plain',
    gives: 'text/plain',
  }),
  row('POST', '/installs/:jobId/record', 'showInstallRecord', 'Show the new record: the job ends by it', {
    body: HELLO_BYTES,
    takes: 'text/plain',
    gives: 'text/plain',
  }),
  row(
    'GET',
    '/packages/:name/:version/files/:digest',
    'runningNodeGetPackageFile',
    'A file of a package version; never changes',
    {
      gives: 'application/octet-stream',
    },
  ),
]
