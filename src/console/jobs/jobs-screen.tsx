// The queue in its order, what runs, and what has ended. The order is changed by dragging, or by the keys of each row.
import { Button, Tab, Tabs, TabTitleText } from '@patternfly/react-core'
import DownIcon from '@patternfly/react-icons/dist/esm/icons/arrow-down-icon'
import UpIcon from '@patternfly/react-icons/dist/esm/icons/arrow-up-icon'
import { type DragEvent, useMemo, useState } from 'react'
import { type JobView, useJobs } from '../app/api.ts'
import type { Column } from '../parts/data-table.tsx'
import { Asked, Screen } from '../parts/screen.tsx'
import { t } from '../words/index.ts'
import { Batches } from './batches.tsx'
import { moveJob } from './do-job.ts'
import { JobTable } from './job-table.tsx'
import { isOver, titleOfJob } from './job-words.ts'
import { targetOf } from './queue-move.ts'

export function JobsScreen() {
  const [tab, setTab] = useState<string | number>('queue')
  const jobs = useJobs()
  return (
    <Screen title={t.jobs.title}>
      <Asked of={jobs}>
        {(all) => (
          <Tabs activeKey={tab} onSelect={(_event, key) => setTab(key)} aria-label={t.jobs.title}>
            <Tab
              eventKey="queue"
              title={<TabTitleText>{`${t.jobs.queue} (${all.filter((job) => !isOver(job)).length})`}</TabTitleText>}
            >
              {tab === 'queue' ? <Queue jobs={all.filter((job) => !isOver(job))} /> : undefined}
            </Tab>
            <Tab eventKey="ended" title={<TabTitleText>{`${t.jobs.ended} (${all.filter(isOver).length})`}</TabTitleText>}>
              {tab === 'ended' ? <JobTable jobs={all.filter(isOver)} empty={{ title: t.jobs.noJobs }} /> : undefined}
            </Tab>
            <Tab eventKey="batches" title={<TabTitleText>{t.jobs.batches}</TabTitleText>}>
              {tab === 'batches' ? <Batches jobs={all} /> : undefined}
            </Tab>
          </Tabs>
        )}
      </Asked>
    </Screen>
  )
}

function Queue({ jobs }: { readonly jobs: readonly JobView[] }) {
  const [dragged, setDragged] = useState<string>()
  const [over, setOver] = useState<string>()
  const queue = useMemo(() => jobs.filter(({ state }) => state === 'queued'), [jobs])
  const move: Column<JobView> = {
    key: 'move',
    isFit: true,
    head: t.common.actions,
    cell: (job) => (job.state === 'queued' ? <Moves job={job} queue={queue} /> : undefined),
  }
  const rowProps = (job: JobView) =>
    job.state !== 'queued'
      ? {}
      : {
          draggable: true,
          className: over === job.id && dragged !== job.id ? 'pl-drag-over' : '',
          onDragStart: () => setDragged(job.id),
          onDragEnd: () => {
            setDragged(undefined)
            setOver(undefined)
          },
          onDragOver: (event: DragEvent) => {
            event.preventDefault()
            setOver(job.id)
          },
          onDrop: () => {
            if (dragged !== undefined && dragged !== job.id) void moveJob(dragged, { before: job.id })
          },
        }
  return <JobTable jobs={jobs} empty={{ title: t.jobs.noJobs, hint: t.jobs.noJobsHint }} more={[move]} rowProps={rowProps} />
}

function Moves({ job, queue }: { readonly job: JobView; readonly queue: readonly JobView[] }) {
  const earlier = targetOf(queue, job.id, 'earlier')
  const later = targetOf(queue, job.id, 'later')
  const title = titleOfJob(job)
  return (
    <>
      <Button
        variant="plain"
        size="sm"
        icon={<UpIcon />}
        aria-label={`${t.jobs.earlier}: ${title}`}
        isDisabled={earlier === undefined}
        onClick={() => earlier && void moveJob(earlier.jobId, earlier)}
      />
      <Button
        variant="plain"
        size="sm"
        icon={<DownIcon />}
        aria-label={`${t.jobs.later}: ${title}`}
        isDisabled={later === undefined}
        onClick={() => later && void moveJob(later.jobId, later)}
      />
    </>
  )
}
