// platen hook remove
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const hookRemove = defineCommand({
  name: 'hook remove',
  summary: 'Remove a hook; what it still had to deliver is dropped.',
  words: ['<hook>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [name = ''] = input.words
    await apiOf(input, context).removeHook(name)
    context.out.print(input.values.json ? JSON.stringify({ removed: name }) : `hook ${name} is gone`)
  },
})
