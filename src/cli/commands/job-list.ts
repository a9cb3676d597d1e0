// platen job list
import type { JobView } from '../../contract/job.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { formatAgo } from '../format.ts'
import { subjectOf } from '../job-words.ts'

export const jobList = defineCommand({
  name: 'job list',
  summary: 'List jobs: the queue in its order, those at work, those that ended.',
  words: [],
  options: {
    state: {
      type: 'string',
      value: 'STATE',
      description: 'Only these: queued, running, succeeded, failed, timed-out, cancelled.',
    },
    ...API_OPTIONS,
  },

  async run(input, context) {
    const { state, json } = input.values
    const all = await apiOf(input, context).jobs()
    const jobs = all.filter((job) => state === undefined || job.state === state)
    if (json) return context.out.print(JSON.stringify(jobs, undefined, 2))
    if (jobs.length === 0) return context.out.print('No jobs. Add one: `platen job add build --profile NAME`.')
    const rows = jobs.map((job) => [
      job.id,
      job.state,
      job.request.kind,
      subjectOf(job.request),
      job.nodeName ?? job.request.node ?? 'any',
      progressOf(job),
      formatAgo(job.queuedAt, Date.now()),
    ])
    context.out.table([['JOB', 'STATE', 'KIND', 'WHAT', 'NODE', 'PROGRESS', 'QUEUED'], ...rows])
  },
})

function progressOf({ state, status, failure, notOffered }: JobView): string {
  if (state === 'running') return `${status.majorState} ${Math.floor(status.percent)} %`
  return failure?.code ?? notOffered ?? '-'
}
