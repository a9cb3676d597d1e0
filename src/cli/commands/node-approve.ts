// platen node approve
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { NODE_CHANGE_OPTIONS, nodeChangeOf } from '../node-words.ts'

export const nodeApprove = defineCommand({
  name: 'node approve',
  summary: 'Allow jobs on a machine that was discovered. Nothing is written to a machine before this.',
  words: ['<node>'],
  options: { ...NODE_CHANGE_OPTIONS, ...API_OPTIONS },
  examples: ['platen node approve node-525400123456 --name rack1-07'],

  async run(input, context) {
    const node = await apiOf(input, context).approveNode(input.words[0]!, nodeChangeOf(input.values))
    context.out.print(input.values.json ? JSON.stringify(node, undefined, 2) : `${node.name} is ${node.state}`)
  },
})
