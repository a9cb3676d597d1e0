// platen schedule remove
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const scheduleRemove = defineCommand({
  name: 'schedule remove',
  summary: 'Remove a schedule; jobs that it posted stay.',
  words: ['<schedule>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [name = ''] = input.words
    await apiOf(input, context).removeSchedule(name)
    context.out.print(input.values.json ? JSON.stringify({ removed: name }) : `schedule ${name} is gone`)
  },
})
