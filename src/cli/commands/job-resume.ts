// platen job resume
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const jobResume = defineCommand({
  name: 'job resume',
  summary: 'Offer a held job again.',
  words: ['<job-id>'],
  options: API_OPTIONS,

  async run(input, context) {
    const job = await apiOf(input, context).resumeJob(input.words[0]!)
    context.out.print(input.values.json ? JSON.stringify(job, undefined, 2) : `job ${job.id} is ${job.state}`)
  },
})
