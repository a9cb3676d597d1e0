// platen node prove
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { eachNode, NODE_SET_OPTIONS } from '../each-node.ts'

export const nodeProve = defineCommand({
  name: 'node prove',
  summary: 'Have the disk of a machine looked at in its next boot: it shows its record from the boot OS.',
  words: ['<nodes>'],
  options: { ...NODE_SET_OPTIONS, ...API_OPTIONS },
  examples: ['platen node prove rack1-07 && platen node restart rack1-07'],

  async run(input, context) {
    const api = apiOf(input, context)
    await eachNode(
      {
        set: input.words[0]!,
        verb: 'prove',
        values: input.values,
        act: (node) => api.proveNode(node),
        say: ({ name }) => `${name} shows what is on its disk in its next boot; then see \`platen node show ${name}\``,
      },
      api,
      context,
    )
  },
})
