// platen image rm
import { numberWord } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const imageRm = defineCommand({
  name: 'image rm',
  summary: 'Remove a version that is not tagged and that no node runs; `platen image collect` frees its space.',
  words: ['<image>', '<version>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [image = '', versionText = ''] = input.words
    const version = numberWord('image rm', 'version', versionText)
    await apiOf(input, context).removeImageVersion(image, version)
    const said = `${image} version ${version} is removed; free its space with \`platen image collect\``
    context.out.print(input.values.json ? JSON.stringify({ image, removed: version }) : said)
  },
})
