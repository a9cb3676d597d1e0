// platen secret remove
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const secretRemove = defineCommand({
  name: 'secret remove',
  summary: 'Remove a secret; a step that names it fails from now on.',
  words: ['<name>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [name = ''] = input.words
    await apiOf(input, context).removeSecret(name)
    context.out.print(input.values.json ? JSON.stringify({ removed: name }) : `secret ${name} is removed`)
  },
})
