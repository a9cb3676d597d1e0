// platen image tag
import { numberWord } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const imageTag = defineCommand({
  name: 'image tag',
  summary: 'Put a tag on a version; the version that had it loses it. A tagged version is never removed.',
  words: ['<image>', '<version>', '<tag>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [image = '', versionText = '', tag = ''] = input.words
    const version = numberWord('image tag', 'version', versionText)
    const view = await apiOf(input, context).tagImage(image, version, tag)
    context.out.print(
      input.values.json ? JSON.stringify(view, undefined, 2) : `${image} version ${view.version} is ${view.tags.join(', ')}`,
    )
  },
})
