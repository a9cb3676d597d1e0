// platen ca rotate
import { wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { caText } from './ca-show.ts'

const OVERLAP_DAYS = 30

export const caRotate = defineCommand({
  name: 'ca rotate',
  summary: 'Make a new CA. Who trusts the one before follows to the new one for a while.',
  words: [],
  options: {
    ...API_OPTIONS,
    'overlap-days': {
      type: 'string',
      value: 'DAYS',
      description: `So long that one is followed. Default: ${OVERLAP_DAYS}. 0: at once nobody who trusts it believes this appliance.`,
    },
  },
  examples: ['platen ca rotate --overlap-days 60'],

  async run(input, context) {
    const overlapDays = wholeNumber('overlap-days', input.values['overlap-days']) ?? OVERLAP_DAYS
    const ca = await apiOf(input, context).rotateCa({ overlapDays })
    context.out.print(input.values.json ? JSON.stringify(ca, undefined, 2) : caText(ca))
  },
})
