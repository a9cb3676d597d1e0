// platen user remove
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const userRemove = defineCommand({
  name: 'user remove',
  summary: 'Remove a user; every login of the user ends now.',
  words: ['<name>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [name = ''] = input.words
    await apiOf(input, context).removeUser(name)
    context.out.print(input.values.json ? JSON.stringify({ removed: name }) : `${name} is no user any more`)
  },
})
