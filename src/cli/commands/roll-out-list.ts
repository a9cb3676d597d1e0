// platen roll-out list
import { defineList } from '../listing.ts'
import { rolledText } from '../roll-out-words.ts'

export const rollOutList = defineList({
  name: 'roll-out list',
  summary: 'List roll-outs, newest first.',
  read: (api) => api.rollOuts(),
  heading: ['ROLL-OUT', 'CLASS', 'TO', 'PHASE', 'GOOD', 'FAILED'],
  right: [5],
  row: (each) => [
    each.id,
    each.nodeClass,
    rolledText(each),
    each.phase,
    `${each.nodes.filter(({ at }) => at === 'good').length} of ${each.nodes.length}`,
    String(each.failures),
  ],
  empty: 'No roll-outs. Begin one: `platen class roll-out CLASS --to IMAGE@VERSION`.',
  changesWith: ['node.*', 'job.changed'],
})
