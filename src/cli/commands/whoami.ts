// platen whoami
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { scopeWords } from '../people-words.ts'

export const whoami = defineCommand({
  name: 'whoami',
  summary: 'Show as whom commands ask an appliance, and the role.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const caller = await apiOf(input, context).whoAmI()
    if (input.values.json) return context.out.print(JSON.stringify(caller, undefined, 2))
    context.out.print(`${caller.name} (${caller.role}), by ${caller.by.replace('-', ' ')}; sees ${scopeWords(caller.scope)}`)
  },
})
