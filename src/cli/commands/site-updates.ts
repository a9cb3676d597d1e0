// platen site updates
import { usage } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const siteUpdates = defineCommand({
  name: 'site updates',
  summary: 'Stop what comes to the sites, let it go on, or say in which order changes come to their rings.',
  words: [],
  options: {
    stop: { type: 'boolean', description: 'Nothing new is offered to any site. What is under way comes to its end.' },
    go: { type: 'boolean', description: 'Goes on.' },
    rings: {
      type: 'string',
      value: 'NAMES',
      description: 'In their order, with commas: canary,main. Sites of other rings, or of none, come last.',
    },
    ...API_OPTIONS,
  },
  examples: ['platen site updates --rings canary,main', 'platen site updates --stop'],

  async run(input, context) {
    const { stop, go, rings, json } = input.values
    if (stop && go) throw usage('site updates', '--stop and --go exclude each other')
    const api = apiOf(input, context)
    const before = (await api.sites()).updates
    const isStopped = stop ? true : go ? false : before.isStopped
    const wanted = { isStopped, rings: rings === undefined ? before.rings : rings.split(',').filter((name) => name !== '') }
    const updates = stop || go || rings !== undefined ? await api.setSiteUpdates(wanted) : before
    if (json) return context.out.print(JSON.stringify(updates, undefined, 2))
    const order = updates.rings.length === 0 ? 'all sites at once' : `ring by ring: ${updates.rings.join(', ')}, then all others`
    context.out.print(`Updates ${updates.isStopped ? 'are stopped' : 'go on'}; ${order}.`)
  },
})
