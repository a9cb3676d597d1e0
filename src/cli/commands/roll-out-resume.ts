// platen roll-out resume
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { describeRollOut } from '../roll-out-words.ts'

export const rollOutResume = defineCommand({
  name: 'roll-out resume',
  summary: 'Go on with a roll-out that was paused or that stopped; what failed so far is let pass.',
  words: ['<roll-out>'],
  options: API_OPTIONS,

  async run(input, context) {
    const view = await apiOf(input, context).steerRollOut(input.words[0]!, 'resume')
    context.out.print(input.values.json ? JSON.stringify(view, undefined, 2) : describeRollOut(view))
  },
})
