// platen user first
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const userFirst = defineCommand({
  name: 'user first',
  summary:
    'Make the first admin of an appliance without users, by the code in its log. Code and password are asked for one after the other.',
  words: ['<name>'],
  options: API_OPTIONS,
  examples: ['platen user first ann --url http://10.77.0.1:8080'],

  async run(input, context) {
    const [name = ''] = input.words
    const code = await context.askSecret('Code in the log of the appliance: ')
    const password = await context.askSecret(`Password for ${name}: `)
    const user = await apiOf(input, context).addFirstAdmin({ code, name, password })
    context.out.print(
      input.values.json ? JSON.stringify(user, undefined, 2) : `${user.name} is the first admin; log in: platen login ${name}`,
    )
  },
})
