// platen token list
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { scopeWords } from '../people-words.ts'

export const tokenList = defineCommand({
  name: 'token list',
  summary: 'List the tokens of machines and programs: role, end, last use.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const tokens = await apiOf(input, context).tokens()
    if (input.values.json) return context.out.print(JSON.stringify(tokens, undefined, 2))
    if (tokens.length === 0) return context.out.print('No tokens.')
    const rows = tokens.map((each) => [
      each.name,
      each.role,
      scopeWords(each.scope),
      each.addedBy,
      each.expiresAt,
      each.lastUsedAt ?? '-',
    ])
    context.out.table([['TOKEN', 'ROLE', 'SEES', 'ADDED BY', 'EXPIRES', 'LAST USED'], ...rows])
  },
})
