// platen second-factor add
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const secondFactorAdd = defineCommand({
  name: 'second-factor add',
  summary:
    'Ask for a code of an authenticator app at your logins from now on. Password and first code are asked for one after the other.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const api = apiOf(input, context)
    const { secret, url } = await api.beginSecondFactor(await context.askSecret('Your password: '))
    context.out.printError(`Bring this into the app, as a link or as the secret ${secret}:\n${url}`)
    const { codes } = await api.confirmSecondFactor(await context.askSecret('Code of the app: '))
    if (input.values.json) return context.out.print(JSON.stringify({ codes }, undefined, 2))
    context.out.printError('It is in force. Keep these codes on paper; each is good for one login without the app:')
    context.out.print(codes.join('\n'))
  },
})
