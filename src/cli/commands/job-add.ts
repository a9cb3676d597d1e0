// platen job add
import { AppError } from '../../contract/errors.ts'
import type { JobView } from '../../contract/job.ts'
import { usage } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { eachNode, NODE_SET_OPTIONS } from '../each-node.ts'
import { followJob } from '../job-follow.ts'
import { describeJob, progressOf } from '../job-words.ts'
import { NEW_JOB_OPTIONS, newJob } from '../new-job.ts'
import { isOneName } from '../node-set.ts'

export const jobAdd = defineCommand({
  name: 'job add',
  summary:
    'Add a job to the queue: build an image, capture a disk, deploy an image version, or fetch its lost chunks from a disk (heal).',
  words: ['<build|capture|deploy|heal>'],
  options: {
    ...NEW_JOB_OPTIONS,
    ...NODE_SET_OPTIONS,
    wait: {
      type: 'boolean',
      description: 'Wait until it has ended and show its progress; exit status 0 only when it succeeded.',
    },
    ...API_OPTIONS,
  },
  examples: [
    'platen job add build --profile tiny-linux --wait',
    'platen job add deploy --node rack1-07 --image tiny-linux --version 1',
    'platen job add deploy --node rack5-n[01-40],tag:canary --image tiny-linux --yes 42',
  ],

  async run(input, context) {
    const api = apiOf(input, context)
    const { wait, json, node: set } = input.values
    const order = newJob(input.words[0]!, input.values)
    if (set !== undefined && (input.values['dry-run'] || !isOneName(set))) {
      if (wait) throw usage('job add', '--wait waits for one job; follow those of a set with `platen job list`')
      const act = (node: string) => api.addJob({ ...order, node })
      const say = (job: JobView, node: string) => `${node}: job ${job.id} is ${job.state}`
      return eachNode({ set, verb: `${order.kind} on`, values: input.values, act, say }, api, context)
    }
    const job = await api.addJob(order)
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
