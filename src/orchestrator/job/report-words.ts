// What is kept of a report of an agent, and what the log says of it. Pure.
import type { StepReport, StepReportAnswer } from '../../contract/agent-api.ts'
import type { StepResult } from '../../contract/job.ts'
import { unnamed } from './failures.ts'
import type { JobRecord } from './record.ts'

export type Order = StepReportAnswer['order']

export function resultOf(job: JobRecord, { step, seconds, transfer, imageVersion, contentDigest }: StepReport): StepResult {
  return {
    step,
    kind: job.stepKinds[step]!,
    seconds,
    transfer,
    ...(imageVersion === undefined ? {} : { imageVersion }),
    ...(contentDigest === undefined ? {} : { contentDigest }),
  }
}

export function describeReport(job: JobRecord, { step, outcome, seconds, failure }: StepReport, order: Order): string {
  const what = `step ${step + 1} of ${job.stepKinds.length}, ${job.stepKinds[step]}`
  if (outcome === 'on-failure-over')
    return `what is done after a failure took ${seconds.toFixed(1)} s${failure === undefined ? '' : `; it failed itself, ${failure.code}: ${failure.message}`}`
  if (outcome === 'done') return `${what}: done in ${seconds.toFixed(1)} s${order === 'ended' ? '; job succeeded' : ''}`
  const { code, message, hint } = failure ?? unnamed(job.stepKinds[step]!)
  return `${what}: failed, ${code}: ${message}\n${hint}${order === 'repeat-step' ? '\nthe step is tried again' : ''}`
}
