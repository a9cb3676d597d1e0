// platen job list
import type { JobView } from '../../contract/job.ts'
import { formatAgo } from '../format.ts'
import { subjectOf } from '../job-words.ts'
import { defineList } from '../listing.ts'

export const jobList = defineList({
  name: 'job list',
  summary: 'List jobs: the queue in its order, those at work, those that ended.',
  options: {
    state: {
      type: 'string',
      value: 'STATE',
      description: 'Only these: queued, running, succeeded, failed, timed-out, cancelled.',
    },
  },
  read: async (api, { state }) => (await api.jobs()).filter((job) => state === undefined || job.state === state),
  heading: ['JOB', 'STATE', 'KIND', 'WHAT', 'NODE', 'PROGRESS', 'QUEUED'],
  agoColumn: 6,
  row: (job, now) => [
    job.id,
    job.state,
    job.request.kind,
    subjectOf(job.request),
    job.nodeName ?? job.request.node ?? 'any',
    progressOf(job),
    formatAgo(job.queuedAt, now),
  ],
  empty: 'No jobs. Add one: `platen job add build --profile NAME`.',
  changesWith: ['job.*'],
})

function progressOf({ state, status, failure, notOffered }: JobView): string {
  if (state === 'running') return `${status.majorState} ${Math.floor(status.percent)} %`
  return failure?.code ?? notOffered ?? '-'
}
