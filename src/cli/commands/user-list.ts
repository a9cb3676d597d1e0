// platen user list
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { scopeWords } from '../people-words.ts'

export const userList = defineCommand({
  name: 'user list',
  summary: 'List the users of an appliance and their roles.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const users = await apiOf(input, context).users()
    if (input.values.json) return context.out.print(JSON.stringify(users, undefined, 2))
    if (users.length === 0) return context.out.print('No users: whoever has the operator token is the admin.')
    const rows = users.map(({ name, role, scope, hasSecondFactor, addedAt, lastLoginAt }) => [
      name,
      role,
      scopeWords(scope),
      hasSecondFactor ? 'yes' : 'no',
      addedAt,
      lastLoginAt ?? '-',
    ])
    context.out.table([['USER', 'ROLE', 'SEES', 'SECOND FACTOR', 'ADDED', 'LAST LOGIN'], ...rows])
  },
})
