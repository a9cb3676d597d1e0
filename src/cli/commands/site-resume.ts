// platen site resume
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const siteResume = defineCommand({
  name: 'site resume',
  summary: 'Say that what this central offers a site is right, after this central was restored from a backup or set up anew.',
  words: ['<site>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [site = ''] = input.words
    await apiOf(input, context).resumeSite(site)
    context.out.print(`${site} follows what this central has now; what it has beside that it keeps`)
  },
})
