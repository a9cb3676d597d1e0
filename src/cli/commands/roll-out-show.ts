// platen roll-out show
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { describeRollOut } from '../roll-out-words.ts'

export const rollOutShow = defineCommand({
  name: 'roll-out show',
  summary: 'Show a roll-out, and how each of its machines is.',
  words: ['<roll-out>'],
  options: API_OPTIONS,

  async run(input, context) {
    const view = await apiOf(input, context).rollOut(input.words[0]!)
    context.out.print(input.values.json ? JSON.stringify(view, undefined, 2) : describeRollOut(view))
  },
})
