// platen operation cancel
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { followOperation } from '../operation-client.ts'
import { describe } from './operation-show.ts'

export const operationCancel = defineCommand({
  name: 'operation cancel',
  summary: 'Call off long work of the appliance, and wait until it has stopped; what it has done stays.',
  words: ['<operation>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [id = ''] = input.words
    const api = apiOf(input, context)
    await api.cancelOperation(id)
    const operation = await followOperation(api, id, context)
    context.out.print(input.values.json ? JSON.stringify(operation, undefined, 2) : describe(operation))
  },
})
