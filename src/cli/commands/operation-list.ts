// platen operation list
import type { Operation } from '../../contract/operations.ts'
import { formatAgo } from '../format.ts'
import { defineList } from '../listing.ts'
import { percentOf } from '../operation-client.ts'

export const operationList = defineList({
  name: 'operation list',
  summary: 'List long work of the appliance itself: what runs, and the latest that ended. What machines do is in `job list`.',
  read: (api) => api.operations(),
  heading: ['OPERATION', 'KIND', 'WHAT', 'STATE', 'PROGRESS', 'STARTED'],
  agoColumn: 5,
  row: (one, now) => [one.id, one.kind, one.title, one.state, progressText(one), formatAgo(one.startedAt, now)],
  empty: 'Nothing runs, and nothing ended since the appliance was started.',
  changesWith: ['operation.*'],
})

export function progressText(operation: Operation): string {
  if (operation.failure !== undefined) return operation.failure
  const percent = percentOf(operation)
  return percent === undefined ? String(operation.done) : `${Math.floor(percent)} %`
}
