// platen node show
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { describeNode } from '../node-words.ts'

export const nodeShow = defineCommand({
  name: 'node show',
  summary: 'Show one machine: identity, cards, disks, what it runs, what changed in it.',
  words: ['<node>'],
  options: API_OPTIONS,

  async run(input, context) {
    const node = await apiOf(input, context).node(input.words[0]!)
    context.out.print(input.values.json ? JSON.stringify(node, undefined, 2) : describeNode(node))
  },
})
