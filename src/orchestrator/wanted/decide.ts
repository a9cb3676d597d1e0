// Whether a node gets a job by itself. Pure: what is known of it comes in, what to do comes out.
//
//   right               nothing, and what was tried before is forgotten
//   at-first-boot       a deploy when it never ran anything; later differences are told only
//   at-boot             a job for whatever differs: the image with its packages, packages alone, or configuration files alone
//   two jobs for the same target ended and it is still not right: it is held, with what went wrong; a person looks
//
// Always true: at most one job of ours for a node at a time, none for a node that is right, at most two in a row for one target.
import type { NodeState } from '../../contract/operator-api.ts'
import type { Enforce } from '../../contract/wanted.ts'
import type { Difference } from './difference.ts'
import type { Resolution } from './resolve.ts'

/** Kept with the node: what was posted for it by itself since it was right last. */
export interface Repairs {
  /** What it was to become. */
  readonly target: string
  readonly count: number
  readonly lastJobId?: string
}

export interface RepairFacts {
  readonly state: NodeState
  readonly enforce: Enforce
  readonly resolution: Resolution
  readonly difference: Difference
  /** A job names it or runs on it, here or elsewhere. */
  readonly isBusy: boolean
  /** Something was deployed to it once. */
  readonly hasRun: boolean
  readonly repairs: Repairs | undefined
}

export type Decision =
  | { readonly kind: 'leave'; readonly because: string }
  /** It is right: what was tried is over. */
  | { readonly kind: 'forget' }
  | { readonly kind: 'post'; readonly repairs: Repairs }
  | { readonly kind: 'hold'; readonly because: string }

export const MAX_REPAIRS = 2

export function decideRepair(facts: RepairFacts): Decision {
  const { resolution, difference, repairs } = facts
  const because = whyNot(facts)
  if (because !== undefined) return { kind: 'leave', because }
  if (difference.kind === 'none') return repairs === undefined ? { kind: 'leave', because: difference.words } : { kind: 'forget' }
  if (difference.kind === 'unmet') return { kind: 'leave', because: difference.words }
  const software = targetOf(resolution)
  const target = difference.kind === 'files' ? `${software} and ${difference.mark}`.slice(0, 2000) : software
  const count = repairs?.target === target ? repairs.count : 0
  if (count >= MAX_REPAIRS)
    return { kind: 'hold', because: `${count} jobs for ${target} did not make it right: it has ${difference.words}` }
  return { kind: 'post', repairs: { target, count: count + 1 } }
}

/** Whether its next boot should end in the boot OS, so that what it has is looked at, and made right. */
export function mustLook(facts: RepairFacts): boolean {
  const decision = decideRepair(facts)
  return decision.kind === 'post' || decision.kind === 'hold'
}

function whyNot({ state, enforce, isBusy, hasRun, difference }: RepairFacts): string | undefined {
  if (state !== 'approved') return `it is ${state}`
  if (enforce === 'off' || enforce === 'report') return `enforce is ${enforce}`
  if (isBusy) return 'a job is under way'
  if (enforce === 'at-first-boot' && hasRun && difference.kind !== 'none') return 'it has had its first boot'
  return undefined
}

/** The same words for the same target: how often it was tried is counted by them. */
export function targetOf(resolution: Resolution): string {
  if (resolution.kind !== 'resolved') return 'nothing'
  const { image, packages } = resolution
  const named = packages.map(({ name, version }) => `${name} ${version}`)
  const what = image === undefined ? [] : [`${image.imageName} version ${image.version}`]
  return [...what, ...named].join(' with ').slice(0, 2000)
}
