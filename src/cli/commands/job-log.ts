// platen job log
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { followJob } from '../job-follow.ts'

export const jobLog = defineCommand({
  name: 'job log',
  summary: 'Print what a job wrote: scripts, tools, refusals.',
  words: ['<job-id>'],
  options: {
    follow: { type: 'boolean', description: 'Go on until the job has ended.' },
    ...API_OPTIONS,
  },
  examples: ['platen job log 6f1c --follow'],

  async run(input, context) {
    const api = apiOf(input, context)
    const jobId = input.words[0]!
    let line = 0
    const printNew = async () => {
      for (;;) {
        const { lines, nextLine } = await api.jobLog(jobId, line)
        for (const text of lines) context.out.print(input.values.json ? JSON.stringify(text) : text)
        if (nextLine === line) return
        line = nextLine
      }
    }
    // The look at the state comes before the look at the log: a job that has ended has no line left to write.
    if (input.values.follow) await followJob(api, jobId, context, printNew)
    else await printNew()
  },
})
