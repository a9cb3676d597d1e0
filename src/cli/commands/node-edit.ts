// platen node edit
import { usage } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { describeNode, NODE_CHANGE_OPTIONS, nodeChangeOf } from '../node-words.ts'

export const nodeEdit = defineCommand({
  name: 'node edit',
  summary: 'Change what people say of a machine: name, tags, location, notes, what it builds.',
  words: ['<node>'],
  options: { ...NODE_CHANGE_OPTIONS, ...API_OPTIONS },
  examples: ['platen node edit rack1-07 --tag lab --tag ssd --location "hall 2, rack 1"'],

  async run(input, context) {
    const change = nodeChangeOf(input.values)
    if (Object.values(change).every((value) => value === undefined)) throw usage('node edit', 'node edit changes nothing')
    const node = await apiOf(input, context).changeNode(input.words[0]!, change)
    context.out.print(input.values.json ? JSON.stringify(node, undefined, 2) : describeNode(node))
  },
})
