// platen node release
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const nodeRelease = defineCommand({
  name: 'node release',
  summary: 'End the hold of a machine.',
  words: ['<node>'],
  options: API_OPTIONS,

  async run(input, context) {
    const node = await apiOf(input, context).releaseNode(input.words[0]!)
    context.out.print(input.values.json ? JSON.stringify(node, undefined, 2) : `${node.name} is ${node.state}`)
  },
})
