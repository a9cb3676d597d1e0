// platen operation show
import type { Operation } from '../../contract/operations.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { followOperation } from '../operation-client.ts'
import { table } from '../table.ts'
import { progressText } from './operation-list.ts'

export const operationShow = defineCommand({
  name: 'operation show',
  summary: 'Show long work of the appliance: how far it is, or how it ended.',
  words: ['<operation>'],
  options: {
    wait: { type: 'boolean', description: 'Until it has ended, with its progress on standard error.' },
    ...API_OPTIONS,
  },

  async run(input, context) {
    const [id = ''] = input.words
    const api = apiOf(input, context)
    const operation = input.values.wait ? await followOperation(api, id, context) : await api.operation(id)
    context.out.print(input.values.json ? JSON.stringify(operation, undefined, 2) : describe(operation))
  },
})

export function describe(operation: Operation): string {
  const { id, kind, title, state, startedAt, endedAt = '-' } = operation
  return table([
    ['operation', id],
    ['kind', kind],
    ['what', title],
    ['state', state],
    ['progress', progressText(operation)],
    ['started', startedAt],
    ['ended', endedAt],
  ])
}
