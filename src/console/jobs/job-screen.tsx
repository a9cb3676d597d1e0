// One job: its steps, how far it is, why it waits or failed, its log and files.
import { Alert, Button, Flex, FlexItem } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { unwrap } from '../../client/index.ts'
import { api, type JobView, useJobs } from '../app/api.ts'
import { jobRoute } from '../app/router.tsx'
import { Consent } from '../parts/consent.tsx'
import { Facts } from '../parts/facts.tsx'
import { bytes, duration, instant } from '../parts/format.ts'
import { JobBar } from '../parts/job-bar.tsx'
import { JobState } from '../parts/pills.tsx'
import { Asked, PartTitle, Screen } from '../parts/screen.tsx'
import { tellDone, tellRefused } from '../parts/toasts.tsx'
import { t } from '../words/index.ts'
import { changeJob, runAgain } from './do-job.ts'
import { isOver, stepsOf, titleOfJob } from './job-words.ts'
import { LogView } from './log-view.tsx'
import { WaitWhy } from './wait-why.tsx'

export function JobScreen() {
  const { job: id } = jobRoute.useParams()
  const inList = useJobs().data?.find((job) => job.id === id)
  // The list has the latest ended ones alone.
  const asked = useQuery({
    queryKey: ['job', id],
    enabled: inList === undefined,
    queryFn: () => unwrap(api.GET('/api/v1/jobs/{jobId}', { params: { path: { jobId: id } } })),
  })
  return <Asked of={{ data: inList ?? asked.data, error: asked.error }}>{(job) => <OneJob job={job} />}</Asked>
}

function OneJob({ job }: { readonly job: JobView }) {
  const { status, failure } = job
  return (
    <Screen title={titleOfJob(job)} beside={<JobState job={job} />} actions={<JobActions job={job} />}>
      {failure === undefined ? undefined : (
        <Alert variant="danger" isInline title={failure.message} component="p">
          {failure.hint} <code>{failure.code}</code>
        </Alert>
      )}
      {job.state === 'queued' ? <WaitWhy job={job} /> : undefined}
      <Steps job={job} />
      {job.state === 'running' ? <JobBar job={job} isWordy /> : undefined}
      <div className="pl-grid pl-gap">
        <Facts
          title={t.jobs.request}
          facts={[
            [
              t.jobs.columns.node,
              job.nodeName === undefined ? (job.request.node ?? t.jobs.anyNode) : <NodeLink key="node" job={job} />,
            ],
            [t.images.columns.name, job.imageName],
            [t.profiles.columns.name, job.request.profile],
            [t.jobs.columns.priority, job.request.priority],
            [t.jobs.columns.when, instant(job.queuedAt)],
            [t.jobs.columns.state, t.jobs.attempt(job.attempt)],
            [t.jobs.flow(''), status.flow === undefined ? undefined : t.jobs.flow(status.flow.wall)],
          ]}
        />
        <JobFiles job={job} />
      </div>
      <PartTitle>{t.jobs.log}</PartTitle>
      <LogView jobId={job.id} isRunning={!isOver(job)} />
    </Screen>
  )
}

function NodeLink({ job: { nodeId = '', nodeName } }: { readonly job: JobView }) {
  return (
    <Link to="/nodes/$node" params={{ node: nodeId }}>
      {nodeName}
    </Link>
  )
}

function Steps({ job }: { readonly job: JobView }) {
  return (
    <ol className="pl-steps" aria-label={t.jobs.steps}>
      {stepsOf(job).map((step, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the place is what tells two steps of one kind apart
        <li key={n} className="pl-step" data-state={step.state}>
          <strong>{step.kind}</strong>
          {step.seconds === undefined ? undefined : <div className="pl-dim">{duration(step.seconds)}</div>}
          {step.movedBytes === undefined || step.movedBytes === 0 ? undefined : (
            <div className="pl-dim">{bytes(step.movedBytes)}</div>
          )}
        </li>
      ))}
    </ol>
  )
}

function JobActions({ job }: { readonly job: JobView }) {
  const [isCancelling, setCancelling] = useState(false)
  const navigate = useNavigate()
  const run = async (what: string, action: () => Promise<unknown>) => {
    try {
      await action()
      tellDone(t.actions.done(what))
    } catch (error) {
      tellRefused(t.actions.refused(what), error)
    }
  }
  const isHeld = job.state === 'queued' && job.notOffered !== undefined && /held/.test(job.notOffered)
  return (
    <Flex spaceItems={{ default: 'spaceItemsSm' }}>
      {isOver(job) ? (
        <FlexItem>
          <Button
            variant="secondary"
            onClick={() =>
              void run(t.jobs.again, async () => navigate({ to: '/jobs/$job', params: { job: (await runAgain(job)).id } }))
            }
          >
            {t.jobs.again}
          </Button>
        </FlexItem>
      ) : (
        <>
          <FlexItem>
            <Button
              variant="secondary"
              onClick={() => void run(isHeld ? t.jobs.resume : t.jobs.hold, () => changeJob(isHeld ? 'resume' : 'hold', job.id))}
            >
              {isHeld ? t.jobs.resume : t.jobs.hold}
            </Button>
          </FlexItem>
          <FlexItem>
            <Button variant="danger" onClick={() => setCancelling(true)}>
              {t.jobs.cancel}
            </Button>
          </FlexItem>
        </>
      )}
      {isCancelling ? (
        <Consent
          title={t.jobs.cancelled}
          action={t.jobs.cancel}
          run={() => changeJob('cancel', job.id)}
          onClose={() => setCancelling(false)}
        >
          {t.jobs.cancelText(titleOfJob(job))}
        </Consent>
      ) : undefined}
    </Flex>
  )
}

function JobFiles({ job: { id, state } }: { readonly job: JobView }) {
  const files = useQuery({
    queryKey: ['job-files', id, state],
    queryFn: () => unwrap(api.GET('/api/v1/jobs/{jobId}/files', { params: { path: { jobId: id } } })),
  })
  if (files.data === undefined || files.data.files.length === 0) return null
  return <Facts title={t.jobs.files} facts={files.data.files.map(({ name, sizeBytes }) => [name, bytes(sizeBytes)])} />
}
