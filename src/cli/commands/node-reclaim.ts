// platen node reclaim
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { eachNode, NODE_SET_OPTIONS } from '../each-node.ts'

export const nodeReclaim = defineCommand({
  name: 'node reclaim',
  summary: 'Take the job of a machine away, restart it, and hold it; the job may go to another.',
  words: ['<nodes>'],
  options: {
    reason: { type: 'string', value: 'TEXT', description: 'Kept with the machine. Default: by an operator.' },
    ...NODE_SET_OPTIONS,
    ...API_OPTIONS,
  },

  async run(input, context) {
    const api = apiOf(input, context)
    await eachNode(
      {
        set: input.words[0]!,
        verb: 'reclaim',
        values: input.values,
        act: (node) => api.reclaimNode(node, input.values.reason ?? 'by an operator'),
        say: ({ name, state }) => `${name} is ${state}`,
      },
      api,
      context,
    )
  },
})
