// platen login
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const login = defineCommand({
  name: 'login',
  summary:
    'Log in as a user of an appliance; commands ask it by this login from now on. The password is asked for, or read from standard input.',
  words: ['<user>'],
  options: API_OPTIONS,
  examples: ['platen login ann --url http://10.77.0.1:8080'],

  async run(input, context) {
    const [user = ''] = input.words
    const { answer, file } = await apiOf(input, context).login(user, await context.askSecret(`Password of ${user}: `))
    if (input.values.json) return context.out.print(JSON.stringify({ ...answer, file }, undefined, 2))
    context.out.print(`${answer.name} (${answer.role}) is logged in until ${answer.until}; ${file} keeps the login`)
  },
})
