// platen image rm
import { wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const imageRm = defineCommand({
  name: 'image rm',
  summary: 'Remove a version that is not tagged and that no node runs; `platen image collect` frees its space.',
  words: ['<image>', '<version>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [image = '', text] = input.words
    const version = wholeNumber('version', text)!
    await apiOf(input, context).removeImageVersion(image, version)
    const said = `${image} version ${version} is removed; free its space with \`platen image collect\``
    context.out.print(input.values.json ? JSON.stringify({ image, removed: version }) : said)
  },
})
