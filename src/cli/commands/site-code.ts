// platen site code
import { wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

const USUAL_MINUTES = 60

export const siteCode = defineCommand({
  name: 'site code',
  summary: 'Make a code by which a site joins this appliance: good once, for an hour. A code that was made before is void.',
  words: ['<site>'],
  options: {
    minutes: { type: 'string', value: 'N', description: `How long it is good. Default: ${USUAL_MINUTES}.` },
    ...API_OPTIONS,
  },
  examples: ['platen site code paris'],

  async run(input, context) {
    const minutes = wholeNumber('minutes', input.values.minutes) ?? USUAL_MINUTES
    const made = await apiOf(input, context).addSiteCode(input.words[0]!, minutes)
    if (input.values.json) return context.out.print(JSON.stringify(made, undefined, 2))
    context.out.print(
      `${made.code}\n\nGood once, until ${made.expiresAt}. On the appliance of ${made.site}:\n  platen join URL-OF-THIS-APPLIANCE --code ${made.code}`,
    )
  },
})
