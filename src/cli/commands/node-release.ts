// platen node release
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { eachNode, NODE_SET_OPTIONS } from '../each-node.ts'

export const nodeRelease = defineCommand({
  name: 'node release',
  summary: 'End the hold of a machine.',
  words: ['<nodes>'],
  options: { ...NODE_SET_OPTIONS, ...API_OPTIONS },

  async run(input, context) {
    const api = apiOf(input, context)
    await eachNode(
      {
        set: input.words[0]!,
        verb: 'release',
        values: input.values,
        act: (node) => api.releaseNode(node),
        say: ({ name, state }) => `${name} is ${state}`,
      },
      api,
      context,
    )
  },
})
