// platen site move
import { usage } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const siteMove = defineCommand({
  name: 'site move',
  summary: 'Have a site follow another central from now on. What it has it keeps; only what differs travels.',
  words: ['<site>'],
  options: {
    to: { type: 'string', value: 'URL', description: 'The other central, as the site reaches it.' },
    code: { type: 'string', value: 'CODE', description: 'Made there: platen site code NAME.' },
    ...API_OPTIONS,
  },
  examples: ['platen site move paris --to https://region.example:8080 --code 7K2M-…'],

  async run(input, context) {
    const [site = ''] = input.words
    const { to, code } = input.values
    if (to === undefined || code === undefined) throw usage('site move', 'site move takes --to and --code')
    await apiOf(input, context).moveSite(site, to.replace(/\/+$/, ''), code)
    context.out.print(`${site} follows ${to} from now on`)
  },
})
