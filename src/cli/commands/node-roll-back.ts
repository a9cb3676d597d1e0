// platen node roll-back
import { wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { eachNode, NODE_SET_OPTIONS } from '../each-node.ts'
import { describeMoves } from '../wanted-view.ts'

export const nodeRollBack = defineCommand({
  name: 'node roll-back',
  summary: 'Bring a machine back to the version before, or to any that is kept; that version becomes its own wish.',
  words: ['<nodes>'],
  options: {
    to: { type: 'string', value: 'N', description: 'This version. Default: the one that ran before.' },
    yes: NODE_SET_OPTIONS.yes,
    'dry-run': { type: 'boolean', description: 'Only tell what would move.' },
    ...API_OPTIONS,
  },
  examples: ['platen node roll-back rack1-07 --dry-run', 'platen node roll-back rack1-07 --to 3'],

  async run(input, context) {
    const { values } = input
    const to = wholeNumber('to', values.to)
    const api = apiOf(input, context)
    const set = input.words[0]!
    if (values['dry-run']) {
      // A plan changes nothing: it needs no count.
      const order = { set, verb: 'plan', changes: false, values: { ...values, 'dry-run': false } }
      return eachNode({ ...order, act: (node) => api.planNodeRollBack(node, to), say: describeMoves }, api, context)
    }
    const act = async (node: string) => {
      const plan = await api.planNodeRollBack(node, to)
      return { plan, job: await api.rollBackNode(node, to) }
    }
    const say = ({ plan, job }: Awaited<ReturnType<typeof act>>) => `${describeMoves(plan)}\njob ${job.id} is queued`
    await eachNode({ set, verb: 'roll back', values, act, say }, api, context)
  },
})
