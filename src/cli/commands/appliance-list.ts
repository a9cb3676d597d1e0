// platen appliance list
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const applianceList = defineCommand({
  name: 'appliance list',
  summary: 'List the other appliances that agents are told of, in the order in which they are asked, and whether they answer.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const appliances = await apiOf(input, context).appliances()
    if (input.values.json) return context.out.print(JSON.stringify(appliances, undefined, 2))
    if (appliances.length === 0)
      return context.out.print('No other appliances: agents ask this one alone. docs/directory.md tells how.')
    const rows = appliances.map(({ name, url, isDirectory, hasCredential, health, seenUpAt, lastFailure }) => [
      name,
      url,
      isDirectory ? 'directory' : 'appliance',
      hasCredential ? 'yes' : 'no',
      health,
      seenUpAt ?? '-',
      lastFailure ?? '-',
    ])
    context.out.table([['APPLIANCE', 'URL', 'KIND', 'CREDENTIAL', 'HEALTH', 'SEEN UP', 'LAST FAILURE'], ...rows])
  },
})
