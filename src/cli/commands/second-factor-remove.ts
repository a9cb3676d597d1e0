// platen second-factor remove
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const secondFactorRemove = defineCommand({
  name: 'second-factor remove',
  summary: 'Ask for no code at your logins any more. Password and a code are asked for one after the other.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const password = await context.askSecret('Your password: ')
    const code = await context.askSecret('Code of the app, or one on paper: ')
    await apiOf(input, context).removeSecondFactor(password, code)
    context.out.print(input.values.json ? JSON.stringify({ removed: true }) : 'your logins take the password alone from now on')
  },
})
