// platen job hold
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const jobHold = defineCommand({
  name: 'job hold',
  summary: 'Offer a job to nobody until it is resumed; one at work is taken from its machine.',
  words: ['<job-id>'],
  options: { reason: { type: 'string', value: 'TEXT', description: 'Kept with the job.' }, ...API_OPTIONS },

  async run(input, context) {
    const job = await apiOf(input, context).holdJob(input.words[0]!, input.values.reason)
    context.out.print(input.values.json ? JSON.stringify(job, undefined, 2) : `job ${job.id} is held`)
  },
})
