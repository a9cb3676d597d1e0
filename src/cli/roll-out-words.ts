// How commands speak of roll-outs. Pure.
import type { RollOutView } from '../contract/roll-out.ts'
import { table } from './table.ts'

/** "debian 5 with agent 2.1.0" */
export function rolledText({ image, version, packages = [] }: Pick<RollOutView, 'image' | 'version' | 'packages'>): string {
  const names = packages.map(({ name, range = '' }) => `${name} ${range.replace(/^=/, '')}`).join(', ')
  if (image === undefined) return names
  return names === '' ? `${image} ${version}` : `${image} ${version} with ${names}`
}

export function describeRollOut(view: RollOutView): string {
  const { id, nodeClass, phase, ring, nodes, failures, maxFailures, needsHealth, settleSeconds } = view
  const head = table([
    ['roll-out', id],
    ['class', nodeClass],
    ['to', rolledText(view)],
    ['phase', phase],
    ['ring', String(ring)],
    ['failures', `${failures} of at most ${maxFailures}`],
    ['good means', needsHealth ? `its system says so within ${settleSeconds} s` : `no harm is seen for ${settleSeconds} s`],
  ])
  const rows = nodes.map(({ node, at, ring: own, jobId, reason }) => [node, at, String(own ?? '-'), jobId ?? '-', reason ?? ''])
  return rows.length === 0 ? head : `${head}\n${table([['NODE', 'IS', 'RING', 'JOB', 'WHY'], ...rows], { right: [2] })}`
}
