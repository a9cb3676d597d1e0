// Routes by which the data folder is copied while the appliance runs, and of the support bundle. What is secret does not travel over them. Pure.
import { operatorRows } from './operator-rows.ts'
import type { Route } from './row.ts'

const row = operatorRows('appliance')

export const BACKUP_ROUTES: readonly Route[] = [
  row('POST', '/backup-cuts', 'beginBackupCut', 'Hold the files of the data folder as they are now, for whoever copies them', {
    role: 'admin',
  }),
  row('DELETE', '/backup-cuts/:id', 'endBackupCut', 'Give them up', { role: 'admin', errors: ['BACKUP_CUT_NOT_FOUND'] }),
  row('GET', '/support-bundle', 'makeSupportBundle', 'Logs, settings and state as JSON, without secrets', {
    role: 'admin',
    gives: 'application/octet-stream',
  }),
]
