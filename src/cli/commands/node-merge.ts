// platen node merge
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const nodeMerge = defineCommand({
  name: 'node merge',
  summary: 'Make two nodes one, where they are one machine: the first becomes part of the second.',
  words: ['<node>', '<into>'],
  options: API_OPTIONS,
  examples: ['platen node merge node-9 rack1-07'],

  async run(input, context) {
    const [gone = '', into = ''] = input.words
    const node = await apiOf(input, context).mergeNode(gone, into)
    context.out.print(input.values.json ? JSON.stringify(node, undefined, 2) : `${gone} is part of ${node.name}`)
  },
})
