// platen token remove
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const tokenRemove = defineCommand({
  name: 'token remove',
  summary: 'Refuse a token from now on.',
  words: ['<name>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [name = ''] = input.words
    await apiOf(input, context).removeToken(name)
    context.out.print(input.values.json ? JSON.stringify({ removed: name }) : `token ${name} is refused from now on`)
  },
})
