// What a node does now, from its record and its job. Pure.
import type { JobView, NodeView } from '../app/api.ts'

export type ActivityKind = 'running' | 'boot-os' | 'elsewhere' | 'doubt' | 'away'

export interface Activity {
  readonly kind: ActivityKind
  readonly job?: JobView
}

export function activityOf(node: NodeView, jobs: ReadonlyMap<string, JobView>): Activity {
  if (node.runningJobId !== undefined) {
    const job = jobs.get(node.runningJobId)
    return job === undefined ? { kind: 'running' } : { kind: 'running', job }
  }
  if (node.doubt !== undefined) return { kind: 'doubt' }
  if (node.elsewhere !== undefined) return { kind: 'elsewhere' }
  return { kind: node.presence === 'boot-os' ? 'boot-os' : 'away' }
}

export type Tone = 'green' | 'blue' | 'orange' | 'red' | 'grey'

/** The colour of a node in a rack: red needs a person, orange is on its way, green runs what it should. */
export function toneOf(node: NodeView, activity: Activity, isBehind: boolean): Tone {
  if (activity.kind === 'doubt' || node.state === 'held') return 'red'
  if (activity.kind === 'running') return 'blue'
  if (node.state === 'discovered' || isBehind) return 'orange'
  return node.state === 'approved' && node.installed !== undefined ? 'green' : 'grey'
}
