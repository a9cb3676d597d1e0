// platen node retire
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const nodeRetire = defineCommand({
  name: 'node retire',
  summary: 'Take a machine out of service for good.',
  words: ['<node>'],
  options: API_OPTIONS,

  async run(input, context) {
    const node = await apiOf(input, context).retireNode(input.words[0]!)
    context.out.print(input.values.json ? JSON.stringify(node, undefined, 2) : `${node.name} is ${node.state}`)
  },
})
