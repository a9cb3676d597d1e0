// platen node hold
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const nodeHold = defineCommand({
  name: 'node hold',
  summary: 'Give a machine no further job; a job at work on it goes on.',
  words: ['<node>'],
  options: {
    reason: { type: 'string', value: 'TEXT', description: 'Kept with the machine. Default: by an operator.' },
    ...API_OPTIONS,
  },

  async run(input, context) {
    const node = await apiOf(input, context).holdNode(input.words[0]!, input.values.reason ?? 'by an operator')
    context.out.print(input.values.json ? JSON.stringify(node, undefined, 2) : `${node.name} is ${node.state}`)
  },
})
