// platen node roll-back
import { wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { describeMoves } from '../wanted-view.ts'

export const nodeRollBack = defineCommand({
  name: 'node roll-back',
  summary: 'Bring a machine back to the version before, or to any that is kept; that version becomes its own wish.',
  words: ['<node>'],
  options: {
    to: { type: 'string', value: 'N', description: 'This version. Default: the one that ran before.' },
    'dry-run': { type: 'boolean', description: 'Only tell what would move.' },
    ...API_OPTIONS,
  },
  examples: ['platen node roll-back rack1-07 --dry-run', 'platen node roll-back rack1-07 --to 3'],

  async run(input, context) {
    const { values } = input
    const [node = ''] = input.words
    const to = wholeNumber('to', values.to)
    const api = apiOf(input, context)
    const plan = await api.planNodeRollBack(node, to)
    if (values['dry-run']) return context.out.print(values.json ? JSON.stringify(plan, undefined, 2) : describeMoves(plan))
    if (!values.json) context.out.print(describeMoves(plan))
    const job = await api.rollBackNode(node, to)
    context.out.print(values.json ? JSON.stringify({ plan, job }, undefined, 2) : `job ${job.id} is queued`)
  },
})
