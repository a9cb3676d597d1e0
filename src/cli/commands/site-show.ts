// platen site show
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { siteText } from '../sites/site-words.ts'

export const siteShow = defineCommand({
  name: 'site show',
  summary:
    'Show one site: what it is offered and has, what it could not take, its machines as it told last, what happened there.',
  words: ['<site>'],
  options: API_OPTIONS,

  async run(input, context) {
    const site = await apiOf(input, context).site(input.words[0]!)
    context.out.print(input.values.json ? JSON.stringify(site, undefined, 2) : siteText(site, Date.now()))
  },
})
