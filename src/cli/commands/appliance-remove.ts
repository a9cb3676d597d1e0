// platen appliance remove
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const applianceRemove = defineCommand({
  name: 'appliance remove',
  summary: 'Take an appliance off the list; agents that work for it finish their jobs.',
  words: ['<name>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [name = ''] = input.words
    await apiOf(input, context).removeAppliance(name)
    context.out.print(input.values.json ? JSON.stringify({ removed: name }) : `${name} is not listed any more`)
  },
})
