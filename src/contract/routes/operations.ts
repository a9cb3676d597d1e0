// Routes of long work of the appliance itself. Pure.
import { operatorRows } from './operator-rows.ts'
import type { Route } from './row.ts'

const row = operatorRows('operations')

export const OPERATION_ROUTES: readonly Route[] = [
  row('GET', '/operations', 'listOperations', 'Long work that runs, and the latest that ended', { role: 'viewer' }),
  row('GET', '/operations/:operation', 'getOperation', 'How far it is, or how it ended', {
    role: 'viewer',
    errors: ['OPERATION_NOT_FOUND'],
  }),
  row('POST', '/operations/:operation/cancel', 'cancelOperation', 'Call it off; what it has done stays', {
    role: 'technician',
    errors: ['OPERATION_NOT_FOUND', 'OPERATION_OVER'],
  }),
]
