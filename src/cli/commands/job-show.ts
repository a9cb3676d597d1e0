// platen job show
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { describeJob } from '../job-words.ts'

export const jobShow = defineCommand({
  name: 'job show',
  summary: 'Show one job: its state, what it does now, what each step took and moved.',
  words: ['<job-id>'],
  options: API_OPTIONS,

  async run(input, context) {
    const job = await apiOf(input, context).job(input.words[0]!)
    context.out.print(input.values.json ? JSON.stringify(job, undefined, 2) : describeJob(job))
  },
})
