// platen class remove
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const classRemove = defineCommand({
  name: 'class remove',
  summary: 'Remove a node class; its machines stay.',
  words: ['<class>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [name = ''] = input.words
    await apiOf(input, context).removeClass(name)
    context.out.print(input.values.json ? JSON.stringify({ removed: name }) : `class ${name} is gone`)
  },
})
