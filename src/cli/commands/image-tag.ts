// platen image tag
import { wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const imageTag = defineCommand({
  name: 'image tag',
  summary: 'Put a tag on a version; the version that had it loses it. A tagged version is never removed.',
  words: ['<image>', '<version>', '<tag>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [image = '', version, tag = ''] = input.words
    const view = await apiOf(input, context).tagImage(image, wholeNumber('version', version)!, tag)
    context.out.print(
      input.values.json ? JSON.stringify(view, undefined, 2) : `${image} version ${view.version} is ${view.tags.join(', ')}`,
    )
  },
})
