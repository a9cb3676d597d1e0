// platen user change
import { AppError } from '../../contract/errors.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { ROLE_OPTION, roleOf, SCOPE_OPTIONS, scopeOf } from '../people-words.ts'

export const userChange = defineCommand({
  name: 'user change',
  summary: 'Change the role, the password, or which machines a user sees; ends the logins of the user.',
  words: ['<name>'],
  options: {
    ...API_OPTIONS,
    ...ROLE_OPTION,
    ...SCOPE_OPTIONS,
    'remove-second-factor': { type: 'boolean', description: 'For somebody who lost the app and the codes on paper.' },
    everywhere: { type: 'boolean', description: 'Sees all machines from now on.' },
    password: { type: 'boolean', description: 'Set a new password: asked for, or read from standard input.' },
  },
  examples: ['platen user change ann --role operator', 'platen user change ann --password'],

  async run(input, context) {
    const [name = ''] = input.words
    const { role, password, everywhere, json } = input.values
    const scope = everywhere ? { scope: null } : scopeOf(input.values)
    const removesFactor = input.values['remove-second-factor']
    if (role === undefined && !password && !removesFactor && !('scope' in scope))
      throw new AppError(
        'CLI_USAGE',
        'user change takes --role, --password, --location, --class, --everywhere or --remove-second-factor',
        'See `platen user change --help`.',
      )
    const change = {
      ...scope,
      ...(removesFactor ? ({ removeSecondFactor: true } as const) : {}),
      ...(role === undefined ? {} : { role: roleOf(role, 'user change') }),
      ...(password ? { password: await context.askSecret(`New password for ${name}: `) } : {}),
    }
    const user = await apiOf(input, context).changeUser(name, change)
    context.out.print(
      json ? JSON.stringify(user, undefined, 2) : `${user.name} is changed (${user.role}) and has to log in again`,
    )
  },
})
