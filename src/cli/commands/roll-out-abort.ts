// platen roll-out abort
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { describeRollOut } from '../roll-out-words.ts'

export const rollOutAbort = defineCommand({
  name: 'roll-out abort',
  summary: 'End a roll-out, and put back all machines that moved.',
  words: ['<roll-out>'],
  options: API_OPTIONS,

  async run(input, context) {
    const view = await apiOf(input, context).steerRollOut(input.words[0]!, 'abort')
    context.out.print(input.values.json ? JSON.stringify(view, undefined, 2) : describeRollOut(view))
  },
})
