// platen bundle key
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const bundleKey = defineCommand({
  name: 'bundle key',
  summary: 'The public key by which bundles of this appliance are signed, as minisign reads it.',
  words: [],
  options: API_OPTIONS,
  examples: ['platen bundle key > site.pub'],

  async run(input, context) {
    const key = await apiOf(input, context).bundleKey()
    const file = `untrusted comment: minisign public key ${key.keyId}\n${key.publicKey}`
    context.out.print(input.values.json ? JSON.stringify(key, undefined, 2) : file)
  },
})
