// platen node reclaim
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const nodeReclaim = defineCommand({
  name: 'node reclaim',
  summary: 'Take the job of a machine away, restart it, and hold it; the job may go to another.',
  words: ['<node>'],
  options: {
    reason: { type: 'string', value: 'TEXT', description: 'Kept with the machine. Default: by an operator.' },
    ...API_OPTIONS,
  },

  async run(input, context) {
    const node = await apiOf(input, context).reclaimNode(input.words[0]!, input.values.reason ?? 'by an operator')
    context.out.print(input.values.json ? JSON.stringify(node, undefined, 2) : `${node.name} is ${node.state}`)
  },
})
