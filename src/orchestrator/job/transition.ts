// Life of one job. Pure: (life, event) in, (life, effects) out; runner.ts does the effects.
//
//             claimed                    step-reported done (last step)
//   queued ------------> running ------------------------------------------> succeeded
//     |  ^                 | |  \--step-reported failed (no attempt left, or not worth one)--> failed
//     |  |                 | \--handed-again (its node boots or asks anew): same attempt, same step, new lease
//     |  \--attempts left--+-- lease-ended, complete-timeout, boots too often
//     |                    \------ none left --------------------------------> timed-out
//     \--accept-timeout--> timed-out            cancelled, in either phase --> cancelled
//                                               broken (no plan can be made for it any more) --> failed
//
// Always true: running has exactly one node and one lease; the attempt only grows; an ended life never changes;
// `release` appears once for every lease that ends, `end` once for every job.
import type { JobState } from '../../contract/job.ts'

export type JobLife =
  | { readonly phase: 'queued'; readonly attempt: number }
  | Running
  | { readonly phase: Exclude<JobState, 'queued' | 'running'>; readonly attempt: number; readonly stepIndex: number }

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
}

export type JobEvent =
  | { readonly type: 'claimed'; readonly nodeId: string; readonly leaseId: string; readonly at: number }
  | { readonly type: 'handed-again'; readonly nodeId: string; readonly leaseId: string }
  | { readonly type: 'step-done'; readonly step: number }
  | { readonly type: 'step-failed'; readonly step: number; readonly isWorthRepeating: boolean }
  | { readonly type: 'lease-ended' }
  | { readonly type: 'complete-timeout' }
  | { readonly type: 'accept-timeout' }
  | { readonly type: 'cancelled' }
  | { readonly type: 'broken' }

export type Effect =
  /** The node is free, the lease is void, what the attempt reserved is given back. */
  | { readonly do: 'release'; readonly nodeId: string }
  /** Somebody may take it (again). */
  | { readonly do: 'offer' }
  /** It is over: tell who asked for it. */
  | { readonly do: 'end' }

export interface JobRules {
  readonly stepCount: number
  readonly maxAttempts: number
}

export type Next = readonly [life: JobLife, effects: readonly Effect[]]

/** A step that was handed out so often without being reported takes its machine down each time. */
export const MAX_HANDED_AGAIN = 5

/** An event that does not belong to the phase changes nothing: reports are checked against the lease before they come here. */
export function transition(life: JobLife, event: JobEvent, rules: JobRules): Next {
  switch (life.phase) {
    case 'queued':
      return whileQueued(life, event)
    case 'running':
      return whileRunning(life, event, rules)
    case 'succeeded':
    case 'failed':
    case 'timed-out':
    case 'cancelled':
      return [life, []]
  }
}

function whileQueued(life: Extract<JobLife, { phase: 'queued' }>, event: JobEvent): Next {
  const { attempt } = life
  switch (event.type) {
    case 'claimed': {
      const { nodeId, leaseId, at } = event
      return [{ phase: 'running', attempt: attempt + 1, nodeId, leaseId, stepIndex: 0, attemptAt: at, handedAgain: 0 }, []]
    }
    case 'accept-timeout':
      return [{ phase: 'timed-out', attempt, stepIndex: 0 }, [{ do: 'end' }]]
    case 'cancelled':
      return [{ phase: 'cancelled', attempt, stepIndex: 0 }, [{ do: 'end' }]]
    case 'handed-again':
    case 'step-done':
    case 'step-failed':
    case 'lease-ended':
    case 'complete-timeout':
    case 'broken':
      return [life, []]
  }
}

function whileRunning(life: Running, event: JobEvent, rules: JobRules): Next {
  switch (event.type) {
    case 'handed-again':
      if (event.nodeId !== life.nodeId) return [life, []]
      if (life.handedAgain >= MAX_HANDED_AGAIN) return reclaim(life, rules)
      return [{ ...life, leaseId: event.leaseId, handedAgain: life.handedAgain + 1 }, []]
    case 'step-done':
      if (event.step !== life.stepIndex) return [life, []]
      if (event.step + 1 < rules.stepCount) return [{ ...life, stepIndex: event.step + 1, handedAgain: 0 }, []]
      return end({ ...life, stepIndex: rules.stepCount }, 'succeeded')
    case 'step-failed':
      if (event.step !== life.stepIndex) return [life, []]
      if (event.isWorthRepeating && life.attempt < rules.maxAttempts) {
        return [{ ...life, attempt: life.attempt + 1, handedAgain: 0 }, []]
      }
      return end(life, 'failed')
    case 'lease-ended':
    case 'complete-timeout':
      return reclaim(life, rules)
    case 'cancelled':
      return end(life, 'cancelled')
    case 'broken':
      return end(life, 'failed')
    case 'claimed':
    case 'accept-timeout':
      return [life, []]
  }
}

function reclaim(life: Running, { maxAttempts }: JobRules): Next {
  if (life.attempt >= maxAttempts) return end(life, 'timed-out')
  return [{ phase: 'queued', attempt: life.attempt }, [{ do: 'release', nodeId: life.nodeId }, { do: 'offer' }]]
}

function end({ nodeId, attempt, stepIndex }: Running, phase: Exclude<JobState, 'queued' | 'running'>): Next {
  return [{ phase, attempt, stepIndex }, [{ do: 'release', nodeId }, { do: 'end' }]]
}
