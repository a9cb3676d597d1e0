// platen image set
import type { VersionFacts } from '../../contract/image.ts'
import { numberWord, usage } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { startsOnText } from '../wanted-words.ts'

export const imageSet = defineCommand({
  name: 'image set',
  summary: 'Say what a version starts on and provides, where its content did not show it. What is left out stays as it is.',
  words: ['<image>', '<version>'],
  options: {
    architecture: { type: 'string', value: 'NAME', description: 'x64 or arm64. A deploy to another processor type is refused.' },
    firmware: { type: 'string', multiple: true, value: 'NAME', description: 'bios or uefi; repeatable.' },
    provides: { type: 'string', multiple: true, value: 'FEATURE', description: 'By which nodes ask for it; repeatable.' },
    ...API_OPTIONS,
  },
  examples: ['platen image set raspios 3 --architecture arm64 --provides web-server'],

  async run(input, context) {
    const [image = '', versionText = ''] = input.words
    const version = numberWord('image set', 'version', versionText)
    const { architecture, firmware, provides, json } = input.values
    // What the words mean is checked by the appliance, which knows the schema.
    const facts = {
      ...(architecture !== undefined && { architecture }),
      ...(firmware.length > 0 && { firmware: [...firmware] }),
      ...(provides.length > 0 && { features: [...provides] }),
    } as VersionFacts
    if (Object.keys(facts).length === 0) throw usage('image set', 'image set needs --architecture, --firmware or --provides')
    const view = await apiOf(input, context).sayOfImage(image, version, facts)
    context.out.print(json ? JSON.stringify(view, undefined, 2) : `${image} version ${view.version}: ${startsOnText(view)}`)
  },
})
