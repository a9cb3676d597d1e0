// platen central leave
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const centralLeave = defineCommand({
  name: 'central leave',
  summary: 'Follow no central any more. All that is here stays.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    await apiOf(input, context).leaveCentral()
    context.out.print('This appliance follows nobody from now on; retire it at central, too: platen site retire NAME')
  },
})
