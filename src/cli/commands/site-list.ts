// platen site list
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { siteTable } from '../sites/site-words.ts'

export const siteList = defineCommand({
  name: 'site list',
  summary:
    'List the appliances that follow this one: whether each is connected, what of its content it has, how it stands there.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const list = await apiOf(input, context).sites()
    if (input.values.json) return context.out.print(JSON.stringify(list, undefined, 2))
    if (list.updates.isStopped) context.out.print('Updates are stopped: nothing new is offered. Go on: platen site updates --go')
    if (list.sites.length === 0) return context.out.print('No site follows this appliance. docs/sites.md tells how one joins.')
    context.out.print(siteTable(list.sites, Date.now()))
  },
})
