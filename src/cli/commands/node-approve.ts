// platen node approve
import { usage } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { eachNode, NODE_SET_OPTIONS } from '../each-node.ts'
import { isOneName } from '../node-set.ts'
import { NODE_CHANGE_OPTIONS, nodeChangeOf } from '../node-words.ts'

export const nodeApprove = defineCommand({
  name: 'node approve',
  summary: 'Allow jobs on a machine that was discovered. Nothing is written to a machine before this.',
  words: ['<nodes>'],
  options: { ...NODE_CHANGE_OPTIONS, ...NODE_SET_OPTIONS, ...API_OPTIONS },
  examples: ['platen node approve node-525400123456 --name rack1-07', 'platen node approve rack1-n[01-40] --tag canary --yes 40'],

  async run(input, context) {
    const change = nodeChangeOf(input.values)
    const [set = ''] = input.words
    if (change.name !== undefined && !isOneName(set))
      throw usage('node approve', '--name gives one machine its name, not a set of them')
    const api = apiOf(input, context)
    await eachNode(
      {
        set,
        verb: 'approve',
        values: input.values,
        act: (node) => api.approveNode(node, change),
        say: ({ name, state }) => `${name} is ${state}`,
      },
      api,
      context,
    )
  },
})
