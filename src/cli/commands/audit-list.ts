// platen audit list
import { AppError } from '../../contract/errors.ts'
import { auditWords } from '../audit-words.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const auditList = defineCommand({
  name: 'audit list',
  summary: 'Show who did what, from where, the newest first; refused tries, too.',
  words: [],
  options: {
    ...API_OPTIONS,
    limit: { type: 'string', value: 'N', description: 'So many entries, 1000 at most. Default: 100.' },
    before: { type: 'string', value: 'NUMBER', description: 'Entries before this one.' },
    who: { type: 'string', value: 'NAME', description: 'Only what this user or token did.' },
  },
  examples: ['platen audit list --who ann --limit 20'],

  async run(input, context) {
    const { limit = '100', before, who, json } = input.values
    for (const [option, value] of [['limit', limit] as const, ['before', before ?? '1'] as const])
      if (!/^[1-9]\d{0,14}$/.test(value))
        throw new AppError('CLI_USAGE', `--${option} takes a whole number, not "${value}"`, `For example --${option} 50.`)
    const query = {
      limit: Number(limit),
      ...(before === undefined ? {} : { before: Number(before) }),
      ...(who === undefined ? {} : { who }),
    }
    const entries = await apiOf(input, context).auditEntries(query)
    if (json) return context.out.print(JSON.stringify(entries, undefined, 2))
    if (entries.length === 0) return context.out.print('Nothing yet.')
    context.out.table([['NUMBER', 'AT', 'WHO', 'FROM', 'DID', 'ABOUT', 'OUTCOME'], ...entries.map(auditWords)])
  },
})
