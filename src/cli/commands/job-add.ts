// platen job add
import { AppError } from '../../contract/errors.ts'
import type { JobView } from '../../contract/job.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { followJob } from '../job-follow.ts'
import { describeJob, progressOf } from '../job-words.ts'
import { NEW_JOB_OPTIONS, newJob } from '../new-job.ts'

export const jobAdd = defineCommand({
  name: 'job add',
  summary:
    'Add a job to the queue: build an image, capture a disk, deploy an image version, or fetch its lost chunks from a disk (heal).',
  words: ['<build|capture|deploy|heal>'],
  options: {
    ...NEW_JOB_OPTIONS,
    wait: {
      type: 'boolean',
      description: 'Wait until it has ended and show its progress; exit status 0 only when it succeeded.',
    },
    ...API_OPTIONS,
  },
  examples: [
    'platen job add build --profile tiny-linux --wait',
    'platen job add deploy --node rack1-07 --image tiny-linux --version 1',
  ],

  async run(input, context) {
    const api = apiOf(input, context)
    const job = await api.addJob(newJob(input.words[0]!, input.values))
    const { wait, json } = input.values
    if (!wait) return context.out.print(json ? JSON.stringify(job, undefined, 2) : `job ${job.id} is ${job.state}`)
    if (!json) context.out.printError(`job ${job.id}`)
    const ended = await followJob(api, job.id, context, (now) => context.out.progress(progressOf(now))).catch((error) => {
      // Whoever stops waiting has not stopped the job.
      if (context.signal.aborted) context.out.printError(`job ${job.id} goes on; see \`platen job show ${job.id}\``)
      throw error
    })
    context.out.print(json ? JSON.stringify(ended, undefined, 2) : describeJob(ended))
    if (ended.state !== 'succeeded') throw notSucceeded(ended)
  },
})

function notSucceeded({ id, state, failure }: JobView): AppError {
  const why = failure === undefined ? '' : `: ${failure.code}`
  return new AppError('CLI_JOB_NOT_SUCCEEDED', `job ${id} ended ${state}${why}`, `Read what it wrote: platen job log ${id}`)
}
