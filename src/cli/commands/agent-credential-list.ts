// platen agent-credential list
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const agentCredentialList = defineCommand({
  name: 'agent-credential list',
  summary: 'List the credentials by which agents that other appliances booted come here.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const credentials = await apiOf(input, context).agentCredentials()
    if (input.values.json) return context.out.print(JSON.stringify(credentials, undefined, 2))
    if (credentials.length === 0) return context.out.print('No agent credentials: only machines that boot here are worked with.')
    const rows = credentials.map(({ name, addedAt, lastUsedAt }) => [name, addedAt, lastUsedAt ?? '-'])
    context.out.table([['CREDENTIAL', 'ADDED', 'LAST USED'], ...rows])
  },
})
