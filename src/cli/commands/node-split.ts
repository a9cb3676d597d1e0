// platen node split
import { usage } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const nodeSplit = defineCommand({
  name: 'node split',
  summary: 'Make the machine that boots from one address a node of its own, where two were taken for one.',
  words: ['<node>'],
  options: {
    mac: { type: 'string', value: 'MAC', description: 'The address that the other machine boots from.' },
    name: { type: 'string', value: 'NAME', description: 'Of the new node. Default: the next free one.' },
    ...API_OPTIONS,
  },
  examples: ['platen node split rack1-07 --mac 52:54:00:00:00:09 --name rack1-08'],

  async run(input, context) {
    const { mac, name, json } = input.values
    if (mac === undefined) throw usage('node split', 'say which address with --mac')
    const node = await apiOf(input, context).splitNode(input.words[0]!, mac.toLowerCase(), name)
    context.out.print(json ? JSON.stringify(node, undefined, 2) : `${node.name} boots from ${mac}; approve it when you know it`)
  },
})
