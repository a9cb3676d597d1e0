// platen image untag
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const imageUntag = defineCommand({
  name: 'image untag',
  summary: 'Take a tag away from the version that has it.',
  words: ['<image>', '<tag>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [image = '', tag = ''] = input.words
    await apiOf(input, context).untagImage(image, tag)
    context.out.print(input.values.json ? JSON.stringify({ image, untagged: tag }) : `${image} has no version ${tag} any more`)
  },
})
