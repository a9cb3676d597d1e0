// Jobs in words. Pure.
import type { JobView } from '../app/api.ts'
import { t } from '../words/index.ts'

/** "deploy base@3", "build kiosk", or the title that a person gave. */
export function titleOfJob({ request, imageName }: JobView): string {
  if (request.title !== undefined) return request.title
  const version = request.version === undefined ? '' : `@${request.version}`
  const image = imageName === undefined ? '' : `${imageName}${version}`
  return `${request.kind} ${request.profile ?? image}`.trim()
}

/** "rack1-01, rack1-02 and 7 more" */
export function namesOf({ count, nodes }: { readonly count: number; readonly nodes: readonly string[] }): string {
  return nodes.join(', ') + (count > nodes.length ? t.jobs.more(count - nodes.length) : '')
}

export const isOver = ({ state }: JobView): boolean => state !== 'queued' && state !== 'running'

export type StepState = 'done' | 'now' | 'failed' | 'waiting'

export interface StepLook {
  readonly kind: string
  readonly state: StepState
  readonly seconds?: number
  readonly movedBytes?: number
}

/** The steps of a job as a row: what is done, what runs, what is still to come. */
export function stepsOf(job: JobView): readonly StepLook[] {
  return job.stepKinds.map((kind, n) => {
    const result = job.results.findLast(({ step }) => step === n)
    const isNow = n === job.stepIndex && (job.state === 'running' || job.state === 'queued')
    const hasFailed = n === job.stepIndex && (job.state === 'failed' || job.state === 'timed-out')
    const isDone = job.state === 'succeeded' || n < job.stepIndex
    const state = hasFailed ? 'failed' : isDone ? 'done' : isNow && job.state === 'running' ? 'now' : 'waiting'
    if (result === undefined) return { kind, state }
    const { bytesSent = 0, bytesReceived = 0, bytesWritten = 0 } = result.transfer
    return { kind, state, seconds: result.seconds, movedBytes: Math.max(bytesSent, bytesReceived, bytesWritten) }
  })
}
