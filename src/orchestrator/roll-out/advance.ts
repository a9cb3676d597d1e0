// How a roll-out goes on. Pure: what is kept of it and what is seen of its nodes come in; what is kept from now on, and what to do, come out.
//
//   waiting --its ring--> moving --job succeeded--> settling --no harm seen--> good
//                            |                         | bad health, back from its disk, silent for too long
//                            \--job failed-------------+--> returning --job succeeded--> returned
//                                                                \--job failed, or nothing to go back to--> stranded
//
// Always true: a ring begins when nobody of the one before is on the way; with more failures than allowed nobody begins; each node begins
// once and goes back once; what was kept is enough to go on after a crash: a node whose job is not known yet gets it then.
import type { NewRollOut, RollOutPhase } from '../../contract/roll-out.ts'
import type { InstalledPackage } from '../../contract/wanted.ts'
import type { WantedVersion } from '../wanted/wanted-version.ts'

export type NodeAt = 'waiting' | 'moving' | 'settling' | 'good' | 'returning' | 'returned' | 'stranded'

export interface KeptNode {
  readonly nodeId: string
  readonly at: NodeAt
  /** What it ran and had when the roll-out began. Left out: nothing that can be deployed again. */
  readonly from?: WantedVersion & { readonly packages?: readonly InstalledPackage[] }
  readonly ring?: number
  readonly jobId?: string
  /** Since when it is watched, and how many ways to its disk had failed by then. */
  readonly sinceMs?: number
  readonly failedWays?: number
  readonly reason?: string
}

export interface KeptRollOut {
  readonly phase: RollOutPhase
  readonly ring: number
  /** Failures that a person has seen and let pass. */
  readonly forgiven: number
  readonly nodes: readonly KeptNode[]
}

export type RollOutRules = Pick<NewRollOut, 'canary' | 'ringSize' | 'maxFailures' | 'settleSeconds'> & {
  readonly needsHealth: boolean
}

/** What is seen of a node now. */
export interface NodeSight {
  /** Of the job that it has for the roll-out. */
  readonly job?: { readonly state: 'under-way' | 'succeeded' | 'ended-badly'; readonly reason?: string }
  /** What its own system said last of how it is. */
  readonly health?: { readonly isGood: boolean; readonly atMs: number; readonly reason: string }
  /** How many ways to its disk did not get it there. */
  readonly failedWays: number
  /** It is in service no longer: held, retired, gone. */
  readonly isGone: boolean
}

export interface Post {
  readonly nodeId: string
  readonly way: 'forward' | 'back'
}

export interface Advanced {
  readonly rollOut: KeptRollOut
  /** Jobs that are lacking: asked for again until one is known. */
  readonly posts: readonly Post[]
}

export function advance(before: KeptRollOut, rules: RollOutRules, seen: (nodeId: string) => NodeSight, nowMs: number): Advanced {
  if (isOver(before.phase)) return { rollOut: before, posts: [] }
  const judged = before.nodes.map((node) => judge(node, seen(node.nodeId), rules, nowMs))
  const nodes = before.phase === 'aborting' ? judged.map((node) => giveUp(node)) : judged
  const rollOut = nextRing({ ...before, nodes, phase: phaseOf({ ...before, nodes }, rules) }, rules)
  return { rollOut, posts: rollOut.nodes.flatMap(postFor) }
}

export const isOver = (phase: RollOutPhase): boolean => phase === 'done' || phase === 'aborted'

/** It is on the way to the new version, or has it. */
export const isForward = ({ at }: KeptNode): boolean => at === 'moving' || at === 'settling' || at === 'good'

export const failuresOf = ({ nodes }: Pick<KeptRollOut, 'nodes'>): number =>
  nodes.filter(({ at, reason }) => reason !== undefined && at !== 'waiting').length

function judge(node: KeptNode, sight: NodeSight, rules: RollOutRules, nowMs: number): KeptNode {
  switch (node.at) {
    case 'waiting':
      return sight.isGone ? { ...node, at: 'stranded', reason: 'it is in service no longer' } : node
    case 'moving': {
      if (node.jobId === undefined || sight.job === undefined || sight.job.state === 'under-way') return node
      if (sight.job.state === 'succeeded') return { ...node, at: 'settling', sinceMs: nowMs, failedWays: sight.failedWays }
      return goBack(node, `its deploy failed: ${sight.job.reason ?? 'no reason was given'}`)
    }
    case 'settling': {
      const harm = harmOf(node, sight, rules, nowMs)
      if (harm.kind === 'wait') return node
      return harm.kind === 'none' ? { ...node, at: 'good' } : goBack(node, harm.reason)
    }
    case 'returning': {
      if (node.jobId === undefined || sight.job === undefined || sight.job.state === 'under-way') return node
      return { ...node, at: sight.job.state === 'succeeded' ? 'returned' : 'stranded' }
    }
    case 'good':
    case 'returned':
    case 'stranded':
      return node
  }
}

type Harm = { readonly kind: 'wait' } | { readonly kind: 'none' } | { readonly kind: 'seen'; readonly reason: string }

function harmOf({ sinceMs = 0, failedWays = 0 }: KeptNode, sight: NodeSight, rules: RollOutRules, nowMs: number): Harm {
  const { health } = sight
  const isOverdue = nowMs - sinceMs >= rules.settleSeconds * 1000
  if (sight.isGone) return { kind: 'seen', reason: 'it is in service no longer' }
  if (health !== undefined && health.atMs >= sinceMs && !health.isGood) return { kind: 'seen', reason: health.reason }
  if (sight.failedWays > failedWays) return { kind: 'seen', reason: 'it came straight back from its disk' }
  if (rules.needsHealth && health !== undefined && health.atMs >= sinceMs) return { kind: 'none' }
  if (!isOverdue) return { kind: 'wait' }
  return rules.needsHealth
    ? { kind: 'seen', reason: `its system did not say within ${rules.settleSeconds} s that it is well` }
    : { kind: 'none' }
}

function goBack({ jobId: _job, sinceMs: _since, failedWays: _ways, ...node }: KeptNode, reason: string): KeptNode {
  return { ...node, at: node.from === undefined ? 'stranded' : 'returning', reason }
}

/** Whoever moved goes back; a deploy under way ends first. */
function giveUp(node: KeptNode): KeptNode {
  if (node.at === 'moving' && node.jobId === undefined) return { ...node, at: 'waiting' }
  return node.at === 'settling' || node.at === 'good' ? goBack(node, 'the roll-out was aborted') : node
}

function phaseOf(rollOut: KeptRollOut, { maxFailures }: RollOutRules): RollOutPhase {
  const { phase, nodes, forgiven } = rollOut
  const isUnderWay = nodes.some(({ at }) => at === 'moving' || at === 'settling' || at === 'returning')
  if (phase === 'aborting') return isUnderWay ? 'aborting' : 'aborted'
  if (failuresOf(rollOut) - forgiven > maxFailures) return 'stopped'
  if (phase === 'stopped') return phase
  const isComplete = !isUnderWay && nodes.every(({ at }) => at !== 'waiting')
  return isComplete ? 'done' : phase
}

function nextRing(rollOut: KeptRollOut, rules: RollOutRules): KeptRollOut {
  const { nodes, phase } = rollOut
  const isUnderWay = nodes.some(({ at }) => at === 'moving' || at === 'settling' || at === 'returning')
  if (phase !== 'running' || isUnderWay) return rollOut
  const ring = rollOut.ring + 1
  const chosen = new Set(
    nodes
      .filter(({ at }) => at === 'waiting')
      .slice(0, sizeOfRing(ring, rules, nodes.length))
      .map(({ nodeId }) => nodeId),
  )
  if (chosen.size === 0) return rollOut
  return { ...rollOut, ring, nodes: nodes.map((node) => (chosen.has(node.nodeId) ? { ...node, at: 'moving', ring } : node)) }
}

export function sizeOfRing(ring: number, { canary, ringSize }: Pick<RollOutRules, 'canary' | 'ringSize'>, total: number): number {
  if (ring === 1) return canary
  const number = Number.parseInt(ringSize, 10)
  return Math.max(1, ringSize.endsWith('%') ? Math.ceil((total * number) / 100) : number)
}

function postFor({ nodeId, at, jobId }: KeptNode): readonly Post[] {
  if (jobId !== undefined || (at !== 'moving' && at !== 'returning')) return []
  return [{ nodeId, way: at === 'moving' ? 'forward' : 'back' }]
}
