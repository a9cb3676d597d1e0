// Jobs as a table: what each is, where, how far.
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { JobView } from '../app/api.ts'
import { useNow } from '../parts/clock.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { ago, duration } from '../parts/format.ts'
import { JobBar } from '../parts/job-bar.tsx'
import { JobState } from '../parts/pills.tsx'
import { t } from '../words/index.ts'
import { isOver, titleOfJob } from './job-words.ts'

interface JobTableProps {
  readonly jobs: readonly JobView[]
  readonly empty: { readonly title: string; readonly hint?: string }
  /** Columns of its own at the end. */
  readonly more?: readonly Column<JobView>[]
  readonly rowProps?: (job: JobView) => object
}

export function JobTable({ jobs, empty, more = [], rowProps }: JobTableProps) {
  const now = useNow()
  const columns = useMemo<readonly Column<JobView>[]>(
    () => [
      {
        key: 'job',
        head: t.jobs.columns.job,
        width: 25,
        cell: (job) => (
          <Link to="/jobs/$job" params={{ job: job.id }}>
            {titleOfJob(job)}
          </Link>
        ),
      },
      { key: 'state', isFit: true, head: t.jobs.columns.state, cell: (job) => <JobState job={job} /> },
      {
        key: 'node',
        head: t.jobs.columns.node,
        cell: ({ nodeId, nodeName, request }) => {
          const name = nodeName ?? request.node
          if (name === undefined) return <span className="pl-dim">{t.jobs.anyNode}</span>
          return (
            <Link to="/nodes/$node" params={{ node: nodeId ?? name }}>
              {name}
            </Link>
          )
        },
      },
      { key: 'progress', head: t.jobs.columns.progress, width: 20, cell: (job) => <Progress job={job} /> },
      {
        key: 'when',
        isFit: true,
        head: t.jobs.columns.when,
        isMinor: true,
        cell: ({ queuedAt, status: { completedAt } }) => ago(completedAt ?? queuedAt, now),
      },
    ],
    [now],
  )
  return (
    <DataTable
      label={t.jobs.title}
      columns={[...columns, ...more]}
      rows={jobs}
      keyOf={({ id }) => id}
      empty={empty}
      {...(rowProps === undefined ? {} : { rowProps })}
    />
  )
}

function Progress({ job }: { readonly job: JobView }) {
  if (job.state === 'running') return <JobBar job={job} />
  if (job.state === 'queued') return <span className="pl-dim">{job.notOffered ?? t.jobStates.queued}</span>
  if (job.failure !== undefined) return <span title={job.failure.message}>{job.failure.code}</span>
  const { startedAt, completedAt } = job.status
  if (!isOver(job) || startedAt === undefined || completedAt === undefined) return undefined
  return duration((Date.parse(completedAt) - Date.parse(startedAt)) / 1000)
}
