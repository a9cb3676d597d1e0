// platen logout
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const logout = defineCommand({
  name: 'logout',
  summary: 'End the login by which commands ask an appliance.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    await apiOf(input, context).logout()
    context.out.print(input.values.json ? JSON.stringify({ loggedOut: true }) : 'logged out')
  },
})
