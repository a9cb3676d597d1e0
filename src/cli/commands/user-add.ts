// platen user add
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { ROLE_OPTION, roleOf } from '../people-words.ts'

export const userAdd = defineCommand({
  name: 'user add',
  summary: 'Add a user. The password, twelve characters at least, is asked for, or read from standard input.',
  words: ['<name>'],
  options: { ...API_OPTIONS, ...ROLE_OPTION },
  examples: ['platen user add ann --role technician'],

  async run(input, context) {
    const [name = ''] = input.words
    const role = roleOf(input.values.role, 'user add')
    const password = await context.askSecret(`Password for ${name}: `)
    const user = await apiOf(input, context).addUser({ name, role, password })
    context.out.print(input.values.json ? JSON.stringify(user, undefined, 2) : `${user.name} is a user now (${user.role})`)
  },
})
