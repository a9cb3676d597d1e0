// platen node prove
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const nodeProve = defineCommand({
  name: 'node prove',
  summary: 'Have the disk of a machine looked at in its next boot: it shows its record from the boot OS.',
  words: ['<node>'],
  options: API_OPTIONS,
  examples: ['platen node prove rack1-07 && platen node restart rack1-07'],

  async run(input, context) {
    const node = await apiOf(input, context).proveNode(input.words[0]!)
    const text = `${node.name} shows what is on its disk in its next boot; then see \`platen node show ${node.name}\``
    context.out.print(input.values.json ? JSON.stringify(node, undefined, 2) : text)
  },
})
