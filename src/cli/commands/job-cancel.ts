// platen job cancel
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const jobCancel = defineCommand({
  name: 'job cancel',
  summary: 'Stop a job; its machine boots from its own disk next time.',
  words: ['<job-id>'],
  options: {
    reason: { type: 'string', value: 'TEXT', description: 'Kept with the job. Default: cancelled by operator.' },
    ...API_OPTIONS,
  },

  async run(input, context) {
    const { reason = 'cancelled by operator', json } = input.values
    const job = await apiOf(input, context).cancelJob(input.words[0]!, reason)
    context.out.print(json ? JSON.stringify(job, undefined, 2) : `job ${job.id} is ${job.state}`)
  },
})
