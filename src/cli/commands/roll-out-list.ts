// platen roll-out list
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { rolledText } from '../roll-out-words.ts'

export const rollOutList = defineCommand({
  name: 'roll-out list',
  summary: 'List roll-outs, newest first.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const rollOuts = await apiOf(input, context).rollOuts()
    if (input.values.json) return context.out.print(JSON.stringify(rollOuts, undefined, 2))
    if (rollOuts.length === 0)
      return context.out.print('No roll-outs. Begin one: `platen class roll-out CLASS --to IMAGE@VERSION`.')
    const rows = rollOuts.map((each) => {
      const { id, nodeClass, phase, nodes, failures } = each
      return [
        id,
        nodeClass,
        rolledText(each),
        phase,
        `${nodes.filter(({ at }) => at === 'good').length} of ${nodes.length}`,
        String(failures),
      ]
    })
    context.out.table([['ROLL-OUT', 'CLASS', 'TO', 'PHASE', 'GOOD', 'FAILED'], ...rows], { right: [5] })
  },
})
