// platen site retire
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const siteRetire = defineCommand({
  name: 'site retire',
  summary: 'Serve a site no longer. What it has it keeps, and it works on; a new code lets it in again.',
  words: ['<site>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [site = ''] = input.words
    await apiOf(input, context).retireSite(site)
    context.out.print(`${site} is retired`)
  },
})
