// platen job move
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const jobMove = defineCommand({
  name: 'job move',
  summary: 'Put a queued job before another one, or first in the queue.',
  words: ['<job-id>'],
  options: {
    before: { type: 'string', value: 'JOB', description: 'The job that comes after it. Left out: it comes first.' },
    ...API_OPTIONS,
  },

  async run(input, context) {
    const job = await apiOf(input, context).moveJob(input.words[0]!, input.values.before)
    context.out.print(
      input.values.json
        ? JSON.stringify(job, undefined, 2)
        : `job ${job.id} is ${job.state}, before ${input.values.before ?? 'all others'}`,
    )
  },
})
