// platen login
import { AppError } from '../../contract/errors.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const login = defineCommand({
  name: 'login',
  summary:
    'Log in as a user of an appliance; commands ask it by this login from now on. The password is asked for, or read from standard input.',
  words: ['<user>'],
  options: {
    ...API_OPTIONS,
    'ca-fingerprint': {
      type: 'string',
      value: 'SHA256',
      description:
        'Believe the appliance by the CA with this fingerprint (`platen ca show` there), and keep that CA with the login.',
    },
  },
  examples: [
    'platen login ann --url http://10.77.0.1:8080',
    'platen login ann --url https://10.77.0.1:8443 --ca-fingerprint 3f6c…',
  ],

  async run(input, context) {
    const [user = ''] = input.words
    const api = apiOf(input, context)
    const said = input.values['ca-fingerprint']
    if (said !== undefined) await api.trustCa(said)
    const password = await context.askSecret(`Password of ${user}: `)
    const { answer, file } = await api.login(user, password).catch(async (error: unknown) => {
      if (!(error instanceof AppError && error.code === 'LOGIN_CODE_NEEDED')) throw error
      return await api.login(user, password, await context.askSecret('Code of the app, or one on paper: '))
    })
    if (input.values.json) return context.out.print(JSON.stringify({ ...answer, file }, undefined, 2))
    context.out.print(`${answer.name} (${answer.role}) is logged in until ${answer.until}; ${file} keeps the login`)
  },
})
