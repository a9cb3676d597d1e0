// platen schedule set
import { Schedule } from '../../contract/schedules.ts'
import { readChecked } from '../checked-file.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const scheduleSet = defineCommand({
  name: 'schedule set',
  summary: 'Make or replace a schedule from a file: when (cron or at), and the job that is posted then.',
  words: ['<schedule>', '<file>'],
  options: API_OPTIONS,
  examples: ['platen schedule set nightly nightly.yaml'],

  async run(input, context) {
    const [name = '', file = ''] = input.words
    const schedule = await apiOf(input, context).setSchedule(name, readChecked('schedule set', file, Schedule))
    context.out.print(
      input.values.json
        ? JSON.stringify(schedule, undefined, 2)
        : `${schedule.name} comes next at ${schedule.nextAt ?? 'no time'}`,
    )
  },
})
