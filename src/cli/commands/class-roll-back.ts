// platen class roll-back
import { wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { describeMoves } from '../wanted-view.ts'

export const classRollBack = defineCommand({
  name: 'class roll-back',
  summary: 'Bring a class back to the version before, or to any that is kept. Without --nodes it only tells what would move.',
  words: ['<class>'],
  options: {
    to: { type: 'string', value: 'N', description: 'This version. Default: the one before what it runs now.' },
    nodes: { type: 'string', value: 'N', description: 'How many machines will move, as the plan says: it then starts.' },
    ...API_OPTIONS,
  },
  examples: ['platen class roll-back web', 'platen class roll-back web --to 3 --nodes 12'],

  async run(input, context) {
    const { values } = input
    const [name = ''] = input.words
    const to = wholeNumber('to', values.to)
    const nodes = wholeNumber('nodes', values.nodes)
    const api = apiOf(input, context)
    const plan = await api.planClassRollBack(name, to)
    if (nodes === undefined) {
      const hint = `Nothing was started. To start it: platen class roll-back ${name}${to === undefined ? '' : ` --to ${to}`} --nodes ${plan.moves.length}`
      return context.out.print(values.json ? JSON.stringify(plan, undefined, 2) : `${describeMoves(plan)}\n${hint}`)
    }
    if (!values.json) context.out.print(describeMoves(plan))
    const jobs = await api.rollBackClass(name, { ...(to === undefined ? {} : { to }), nodes })
    context.out.print(values.json ? JSON.stringify({ plan, jobs }, undefined, 2) : `${jobs.length} jobs are queued`)
  },
})
