// platen user add
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { ROLE_OPTION, roleOf, SCOPE_OPTIONS, scopeOf } from '../people-words.ts'

export const userAdd = defineCommand({
  name: 'user add',
  summary: 'Add a user. The password, twelve characters at least, is asked for, or read from standard input.',
  words: ['<name>'],
  options: { ...API_OPTIONS, ...ROLE_OPTION, ...SCOPE_OPTIONS },
  examples: ["platen user add ann --role technician --location 'Room 2, rack 5'"],

  async run(input, context) {
    const [name = ''] = input.words
    const role = roleOf(input.values.role, 'user add')
    const password = await context.askSecret(`Password for ${name}: `)
    const user = await apiOf(input, context).addUser({ name, role, ...scopeOf(input.values), password })
    context.out.print(input.values.json ? JSON.stringify(user, undefined, 2) : `${user.name} is a user now (${user.role})`)
  },
})
