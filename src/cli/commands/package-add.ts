// platen package add
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { formatBytes } from '../format.ts'

export const packageAdd = defineCommand({
  name: 'package add',
  summary: 'Bring a software package: a folder with a package.yaml, or a .deb as it is.',
  words: ['<path>'],
  options: API_OPTIONS,
  examples: ['platen package add ./monitoring-agent', 'platen package add curl_8.14.1-2_amd64.deb'],

  async run(input, context) {
    const view = await apiOf(input, context).addPackage(input.words[0]!)
    const said = `${view.name} ${view.version} is kept: ${formatBytes(view.sizeBytes)}, digest ${view.digest.slice(0, 12)}`
    context.out.print(input.values.json ? JSON.stringify(view, undefined, 2) : said)
  },
})
