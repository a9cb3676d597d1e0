// platen secret list
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const secretList = defineCommand({
  name: 'secret list',
  summary: 'List the secrets for steps of profiles: names, never values.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const secrets = await apiOf(input, context).secrets()
    if (input.values.json) return context.out.print(JSON.stringify(secrets, undefined, 2))
    if (secrets.length === 0) return context.out.print('No secrets.')
    const rows = secrets.map(({ name, setAt, setBy, isReadable }) => [
      name,
      setAt,
      setBy,
      isReadable ? '' : 'cannot be decrypted: set it anew',
    ])
    context.out.table([['SECRET', 'SET', 'BY', ''], ...rows])
  },
})
