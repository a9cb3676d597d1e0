// platen roll-out pause
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { describeRollOut } from '../roll-out-words.ts'

export const rollOutPause = defineCommand({
  name: 'roll-out pause',
  summary: 'Let no further machine begin; those on the way go on.',
  words: ['<roll-out>'],
  options: API_OPTIONS,

  async run(input, context) {
    const view = await apiOf(input, context).steerRollOut(input.words[0]!, 'pause')
    context.out.print(input.values.json ? JSON.stringify(view, undefined, 2) : describeRollOut(view))
  },
})
