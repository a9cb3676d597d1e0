// platen node hold
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { eachNode, NODE_SET_OPTIONS } from '../each-node.ts'

export const nodeHold = defineCommand({
  name: 'node hold',
  summary: 'Give a machine no further job; a job at work on it goes on.',
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
        verb: 'hold',
        values: input.values,
        act: (node) => api.holdNode(node, input.values.reason ?? 'by an operator'),
        say: ({ name, state }) => `${name} is ${state}`,
      },
      api,
      context,
    )
  },
})
