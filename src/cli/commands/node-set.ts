// platen node set
import { usage } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { eachNode, NODE_SET_OPTIONS } from '../each-node.ts'
import { describeWanted } from '../wanted-view.ts'
import { WANTED_OPTIONS, wantedOf } from '../wanted-words.ts'

export const nodeSet = defineCommand({
  name: 'node set',
  summary: 'Say what one machine should run, over what its classes say; in the place of what was said of it before.',
  words: ['<nodes>'],
  options: {
    ...WANTED_OPTIONS,
    none: { type: 'boolean', description: 'Nothing of its own: its classes say all.' },
    ...NODE_SET_OPTIONS,
    ...API_OPTIONS,
  },
  examples: ['platen node set rack1-07 --image debian-13@3 --enforce at-boot', 'platen node set rack1-07 --none'],

  async run(input, context) {
    const { values } = input
    const wanted = wantedOf('node set', values)
    if ((Object.keys(wanted).length === 0) !== values.none)
      throw usage('node set', 'node set needs what it should run, or --none')
    const api = apiOf(input, context)
    await eachNode(
      {
        set: input.words[0]!,
        verb: 'set what is wanted of',
        values: input.values,
        act: (node) => api.setWanted(node, wanted),
        say: describeWanted,
      },
      api,
      context,
    )
  },
})
