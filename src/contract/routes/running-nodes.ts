// Routes of running systems, by the credential that a deploy put into them. Pure.
import { NODE_API_PREFIX } from '../node-words.ts'
import { HELLO_BYTES, type Route, rows } from './row.ts'

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
]
