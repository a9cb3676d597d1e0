// platen schedule list
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const scheduleList = defineCommand({
  name: 'schedule list',
  summary: 'List the jobs that are posted by the clock, and when each comes next.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const schedules = await apiOf(input, context).schedules()
    if (input.values.json) return context.out.print(JSON.stringify(schedules, undefined, 2))
    if (schedules.length === 0) return context.out.print('No schedules. docs/jobs.md has examples.')
    const rows = schedules.map(({ name, cron, at, job, nextAt, lastJobId, lastFailure }) => [
      name,
      cron ?? at ?? '',
      `${job.kind} ${job.profile ?? job.image ?? ''}`,
      nextAt ?? 'never again',
      lastJobId ?? '-',
      lastFailure ?? '-',
    ])
    context.out.table([['SCHEDULE', 'WHEN (UTC)', 'JOB', 'NEXT', 'LAST JOB', 'LAST FAILURE'], ...rows])
  },
})
