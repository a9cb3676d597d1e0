// platen node show
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { describeNode } from '../node-words.ts'

export const nodeShow = defineCommand({
  name: 'node show',
  summary: 'Show one machine: identity, cards, disks, what it runs and should run, what changed in it.',
  words: ['<node>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [name = ''] = input.words
    const api = apiOf(input, context)
    const [node, wanted] = await Promise.all([api.node(name), api.wanted(name)])
    context.out.print(input.values.json ? JSON.stringify({ ...node, wanted }, undefined, 2) : describeNode(node, wanted))
  },
})
