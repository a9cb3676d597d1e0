// Life of one job. Pure: (life, event) in, (life, effects) out; changes.ts does the effects.
//
//             claimed                    step-done (last step)
//   queued ------------> running ------------------------------------------> succeeded
//     |  ^                 | |  \--step-failed (no try left, or not worth one)--> failed
//     |  |                 | \--handed-again (its node boots or asks anew): same attempt, same step, new lease
//     |  +--attempts left--+-- lease-ended, complete-timeout, boots too often; offered again after the back-off
//     |  |                 |\------ none left, or not wanted ----------------> timed-out
//     |  \-----------------+-- held, node-reclaimed
//     \--accept-timeout--> timed-out            cancelled, in either phase --> cancelled
//        (or it stays, and its                  broken (no plan can be made for it any more) --> failed
//        originator was told)
//
// A running job may be away: its machine left for a reboot step (departed), its next boots are answered for that step (boot-answered), and
// it is at the next step when its agent is back (returned); or it is reclaimed (away-too-long). It may be failing: the failure is
// recorded, what the profile says for that case still runs (on-failure-over), and whatever happens then, it ends failed.
//
// Always true: running has exactly one node and one lease; no attempt beyond the rule; an ended life never changes;
// `release` appears once for every lease that ends, `end` once for every job. A held job is queued and not offered.
// An attempt that a person ended (held, node-reclaimed) does not count.
import type { JobState } from '../../contract/job.ts'
import { type Away, afterAnswer } from './away.ts'

export type JobLife = Queued | Running | Ended

export interface Queued {
  readonly phase: 'queued'
  readonly attempt: number
  /** Why nobody is offered it until it is resumed. */
  readonly hold?: string
  /** Backing off until then, in milliseconds since 1970. */
  readonly notBefore?: number
  /** Its originator knows that nobody took it. */
  readonly isLateTold?: boolean
}

export interface Running {
  readonly phase: 'running'
  /** From 1. */
  readonly attempt: number
  readonly nodeId: string
  readonly leaseId: string
  readonly stepIndex: number
  /** When this attempt was handed out: the complete timeout runs from here. */
  readonly attemptAt: number
  /** How often this step was handed out again: a step that takes its machine down must not do so for ever. */
  readonly handedAgain: number
  /** How often this step failed and was tried again. */
  readonly stepTries: number
  readonly away?: Away
  readonly isFailing?: true
}

export interface Ended {
  readonly phase: Exclude<JobState, 'queued' | 'running'>
  readonly attempt: number
  readonly stepIndex: number
}

export type JobEvent =
  | {
      readonly type: 'claimed'
      readonly nodeId: string
      readonly leaseId: string
      readonly at: number
      /** Where it begins: what comes before is the taker's own business. Left out: at the first step. */
      readonly step?: number
    }
  | { readonly type: 'handed-again'; readonly nodeId: string; readonly leaseId: string; readonly at: number }
  | { readonly type: 'step-done'; readonly step: number }
  | { readonly type: 'step-failed'; readonly step: number; readonly isWorthRepeating: boolean }
  | { readonly type: 'on-failure-over'; readonly step: number }
  | { readonly type: 'departed'; readonly step: number; readonly away: Away }
  | { readonly type: 'boot-answered'; readonly at: number; readonly isBack: boolean }
  | { readonly type: 'returned'; readonly nodeId: string; readonly leaseId: string }
  | { readonly type: 'away-too-long'; readonly at: number }
  | { readonly type: 'lease-ended'; readonly at: number }
  | { readonly type: 'complete-timeout'; readonly at: number }
  | { readonly type: 'accept-timeout' }
  | { readonly type: 'held'; readonly reason: string }
  | { readonly type: 'resumed' }
  | { readonly type: 'node-reclaimed' }
  | { readonly type: 'cancelled' }
  | { readonly type: 'broken' }

/** What people want to be told of at once. */
export type JobNotice = 'failed' | 'not-accepted' | 'reclaimed'

export type Effect =
  /** The node is free, the lease is void, what the attempt reserved is given back. */
  | { readonly do: 'release'; readonly nodeId: string }
  /** Somebody may take it (again). */
  | { readonly do: 'offer' }
  | { readonly do: 'tell'; readonly notice: JobNotice }
  /** It is over. */
  | { readonly do: 'end' }

export interface JobRules {
  readonly stepCount: number
  readonly maxAttempts: number
  readonly stepRetries: number
  readonly backOffSeconds: number
  readonly leavesWhenNotAccepted: boolean
  readonly retriesWhenNotCompleted: boolean
  /** The profile says what to do when the job has failed. */
  readonly hasOnFailure: boolean
}

export type Next = readonly [life: JobLife, effects: readonly Effect[]]

/** A step that was handed out so often without being reported takes its machine down each time. */
export const MAX_HANDED_AGAIN = 5
export const MAX_BACK_OFF_SECONDS = 3600

/** An event that does not belong to the phase changes nothing: reports are checked against the lease before they come here. */
export function transition(life: JobLife, event: JobEvent, rules: JobRules): Next {
  switch (life.phase) {
    case 'queued':
      return whileQueued(life, event, rules)
    case 'running':
      return whileRunning(life, event, rules)
    case 'succeeded':
    case 'failed':
    case 'timed-out':
    case 'cancelled':
      return [life, []]
  }
}

function whileQueued(life: Queued, event: JobEvent, rules: JobRules): Next {
  const { attempt } = life
  switch (event.type) {
    case 'claimed': {
      const { nodeId, leaseId, at, step = 0 } = event
      const fresh = { stepIndex: step, attemptAt: at, handedAgain: 0, stepTries: 0 }
      return [{ phase: 'running', attempt: attempt + 1, nodeId, leaseId, ...fresh }, []]
    }
    case 'accept-timeout':
      if (life.isLateTold === true) return [life, []]
      if (!rules.leavesWhenNotAccepted) return [{ ...life, isLateTold: true }, [{ do: 'tell', notice: 'not-accepted' }]]
      return [{ phase: 'timed-out', attempt, stepIndex: 0 }, [{ do: 'tell', notice: 'not-accepted' }, { do: 'end' }]]
    case 'held':
      return [{ ...life, hold: event.reason }, []]
    case 'resumed': {
      const { hold: _hold, notBefore: _notBefore, ...rest } = life
      return [rest, [{ do: 'offer' }]]
    }
    case 'cancelled':
      return [{ phase: 'cancelled', attempt, stepIndex: 0 }, [{ do: 'end' }]]
    case 'broken':
      return [{ phase: 'failed', attempt, stepIndex: 0 }, [{ do: 'tell', notice: 'failed' }, { do: 'end' }]]
    case 'handed-again':
    case 'step-done':
    case 'step-failed':
    case 'on-failure-over':
    case 'departed':
    case 'boot-answered':
    case 'returned':
    case 'away-too-long':
    case 'lease-ended':
    case 'complete-timeout':
    case 'node-reclaimed':
      return [life, []]
  }
}

function whileRunning(life: Running, event: JobEvent, rules: JobRules): Next {
  if (life.isFailing) return whileFailing(life, event)
  switch (event.type) {
    case 'handed-again': {
      if (event.nodeId !== life.nodeId) return [life, []]
      if (life.handedAgain >= MAX_HANDED_AGAIN) return reclaim(life, event.at, rules)
      // Not away: the agent that asks runs in the boot that was to end, or it would have returned.
      const { away: _away, ...here } = life
      return [{ ...here, leaseId: event.leaseId, handedAgain: life.handedAgain + 1 }, []]
    }
    case 'step-done':
      return event.step === life.stepIndex ? afterStep(life, rules) : [life, []]
    case 'departed':
      return event.step === life.stepIndex && life.away === undefined ? [{ ...life, away: event.away }, []] : [life, []]
    case 'boot-answered':
      return life.away === undefined ? [life, []] : [{ ...life, away: afterAnswer(life.away, event) }, []]
    case 'returned':
      if (life.away === undefined || event.nodeId !== life.nodeId) return [life, []]
      return afterStep({ ...life, leaseId: event.leaseId }, rules)
    case 'away-too-long':
      return life.away === undefined ? [life, []] : reclaim(life, event.at, rules)
    case 'step-failed':
      return event.step === life.stepIndex ? afterFailure(life, event.isWorthRepeating, rules) : [life, []]
    case 'lease-ended':
      return reclaim(life, event.at, rules)
    case 'complete-timeout':
      return rules.retriesWhenNotCompleted ? reclaim(life, event.at, rules) : end(life, 'timed-out')
    case 'held':
      return [{ phase: 'queued', attempt: life.attempt - 1, hold: event.reason }, [{ do: 'release', nodeId: life.nodeId }]]
    case 'node-reclaimed': {
      const release: Effect = { do: 'release', nodeId: life.nodeId }
      return [{ phase: 'queued', attempt: life.attempt - 1 }, [release, { do: 'tell', notice: 'reclaimed' }, { do: 'offer' }]]
    }
    case 'cancelled':
      return end(life, 'cancelled')
    case 'broken':
      return end(life, 'failed')
    case 'claimed':
    case 'accept-timeout':
    case 'resumed':
    case 'on-failure-over':
      return [life, []]
  }
}

/** Nothing masks the failure: the job only waits for what collects its logs, and does not wait when that is lost. */
function whileFailing(life: Running, event: JobEvent): Next {
  switch (event.type) {
    case 'handed-again':
      if (event.nodeId !== life.nodeId) return [life, []]
      if (life.handedAgain >= MAX_HANDED_AGAIN) return end(life, 'failed')
      return [{ ...life, leaseId: event.leaseId, handedAgain: life.handedAgain + 1 }, []]
    case 'on-failure-over':
      return event.step === life.stepIndex ? end(life, 'failed') : [life, []]
    case 'lease-ended':
    case 'complete-timeout':
    case 'held':
    case 'node-reclaimed':
    case 'cancelled':
    case 'broken':
      return end(life, 'failed')
    case 'step-done':
    case 'step-failed':
    case 'departed':
    case 'boot-answered':
    case 'returned':
    case 'away-too-long':
    case 'claimed':
    case 'accept-timeout':
    case 'resumed':
      return [life, []]
  }
}

function afterStep({ away: _away, ...life }: Running, { stepCount }: JobRules): Next {
  const stepIndex = life.stepIndex + 1
  if (stepIndex < stepCount) return [{ ...life, stepIndex, handedAgain: 0, stepTries: 0 }, []]
  return end({ ...life, stepIndex: stepCount }, 'succeeded')
}

/** Another try on the same machine: those that the job asks for first, then what is worth an attempt. */
function afterFailure({ away: _away, ...life }: Running, isWorthRepeating: boolean, rules: JobRules): Next {
  if (life.stepTries < rules.stepRetries) return [{ ...life, stepTries: life.stepTries + 1 }, []]
  if (isWorthRepeating && life.attempt < rules.maxAttempts)
    return [{ ...life, attempt: life.attempt + 1, handedAgain: 0, stepTries: 0 }, []]
  return rules.hasOnFailure ? [{ ...life, isFailing: true, handedAgain: 0 }, []] : end(life, 'failed')
}

function reclaim(life: Running, at: number, { maxAttempts, backOffSeconds }: JobRules): Next {
  const { attempt, nodeId } = life
  if (attempt >= maxAttempts) return end(life, 'timed-out')
  const waitSeconds = Math.min(MAX_BACK_OFF_SECONDS, backOffSeconds * 2 ** (attempt - 1))
  const backOff = waitSeconds === 0 ? {} : { notBefore: at + waitSeconds * 1000 }
  return [
    { phase: 'queued', attempt, ...backOff },
    [{ do: 'release', nodeId }, { do: 'tell', notice: 'reclaimed' }, { do: 'offer' }],
  ]
}

function end({ nodeId, attempt, stepIndex }: Running, phase: Ended['phase']): Next {
  const tell: readonly Effect[] = phase === 'failed' || phase === 'timed-out' ? [{ do: 'tell', notice: 'failed' }] : []
  return [{ phase, attempt, stepIndex }, [{ do: 'release', nodeId }, ...tell, { do: 'end' }]]
}
