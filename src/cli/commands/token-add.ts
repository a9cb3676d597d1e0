// platen token add
import { AppError } from '../../contract/errors.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { ROLE_OPTION, roleOf, SCOPE_OPTIONS, scopeOf } from '../people-words.ts'

export const tokenAdd = defineCommand({
  name: 'token add',
  summary: 'Make a token for a machine or a program; its secret is shown this once.',
  words: ['<name>'],
  options: {
    ...API_OPTIONS,
    ...ROLE_OPTION,
    ...SCOPE_OPTIONS,
    days: { type: 'string', value: 'N', description: 'It ends after so many days. Default: 90.' },
  },
  examples: ['platen token add nightly-builds --role builder --days 365 > nightly-builds.token'],

  async run(input, context) {
    const [name = ''] = input.words
    const role = roleOf(input.values.role, 'token add')
    const days = Number(input.values.days ?? '90')
    if (!Number.isInteger(days) || days < 1)
      throw new AppError('CLI_USAGE', `--days takes a whole number, not "${input.values.days}"`, 'For example --days 365.')
    const added = await apiOf(input, context).addToken({ name, role, ...scopeOf(input.values), days })
    if (input.values.json) return context.out.print(JSON.stringify(added, undefined, 2))
    context.out.printError(`token ${name} (${added.role}) until ${added.expiresAt}: the secret below is not shown again`)
    context.out.print(added.secret)
  },
})
