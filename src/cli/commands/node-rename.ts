// platen node rename
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const nodeRename = defineCommand({
  name: 'node rename',
  summary: 'Give a machine another name.',
  words: ['<node>', '<name>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [idOrName = '', name = ''] = input.words
    const node = await apiOf(input, context).changeNode(idOrName, { name })
    context.out.print(input.values.json ? JSON.stringify(node, undefined, 2) : `${idOrName} is now ${node.name}`)
  },
})
