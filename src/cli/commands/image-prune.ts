// platen image prune
import { wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const imagePrune = defineCommand({
  name: 'image prune',
  summary: 'Remove old versions of an image; the newest, tagged ones and those that nodes run always stay.',
  words: ['<image>'],
  options: {
    'keep-last': { type: 'string', value: 'N', description: 'Keep so many of the newest versions. Default: 3.' },
    'keep-days': { type: 'string', value: 'D', description: 'Keep every version that is younger.' },
    'dry-run': { type: 'boolean', description: 'Only say what would go.' },
    ...API_OPTIONS,
  },

  async run(input, context) {
    const { 'keep-last': last, 'keep-days': days, 'dry-run': dryRun, json } = input.values
    const keepDays = wholeNumber('keep-days', days)
    const policy = { keepLast: wholeNumber('keep-last', last) ?? 3, dryRun, ...(keepDays === undefined ? {} : { keepDays }) }
    const result = await apiOf(input, context).pruneImage(input.words[0]!, policy)
    if (json) return context.out.print(JSON.stringify(result, undefined, 2))
    for (const { version, because } of result.kept) context.out.print(`version ${version} stays: ${because}`)
    for (const version of result.removed) context.out.print(`version ${version} ${dryRun ? 'would go' : 'is removed'}`)
  },
})
