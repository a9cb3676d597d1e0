// How commands speak of roll-outs. Pure.
import type { RollOutView } from '../contract/roll-out.ts'
import { table } from './table.ts'

export function describeRollOut(view: RollOutView): string {
  const { id, nodeClass, image, version, phase, ring, nodes, failures, maxFailures, needsHealth, settleSeconds } = view
  const head = table([
    ['roll-out', id],
    ['class', nodeClass],
    ['to', `${image} version ${version}`],
    ['phase', phase],
    ['ring', String(ring)],
    ['failures', `${failures} of at most ${maxFailures}`],
    ['good means', needsHealth ? `its system says so within ${settleSeconds} s` : `no harm is seen for ${settleSeconds} s`],
  ])
  const rows = nodes.map(({ node, at, ring: own, jobId, reason }) => [node, at, String(own ?? '-'), jobId ?? '-', reason ?? ''])
  return rows.length === 0 ? head : `${head}\n${table([['NODE', 'IS', 'RING', 'JOB', 'WHY'], ...rows], { right: [2] })}`
}
