// platen node retire
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { eachNode, NODE_SET_OPTIONS } from '../each-node.ts'

export const nodeRetire = defineCommand({
  name: 'node retire',
  summary: 'Take a machine out of service for good.',
  words: ['<nodes>'],
  options: { ...NODE_SET_OPTIONS, ...API_OPTIONS },

  async run(input, context) {
    const api = apiOf(input, context)
    await eachNode(
      {
        set: input.words[0]!,
        verb: 'retire',
        values: input.values,
        act: (node) => api.retireNode(node),
        say: ({ name, state }) => `${name} is ${state}`,
      },
      api,
      context,
    )
  },
})
