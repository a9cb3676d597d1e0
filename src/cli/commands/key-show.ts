// platen key show
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { table } from '../table.ts'

export const keyShow = defineCommand({
  name: 'key show',
  summary: 'Print the public keys by which the appliance signs: the one of now first, then those before.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const keys = await apiOf(input, context).signingKeys()
    const rows = keys.map(({ keyId, publicKey }, index) => [keyId, index === 0 ? 'signs now' : 'before', publicKey])
    context.out.print(input.values.json ? JSON.stringify(keys, undefined, 2) : table([['key', '', 'public half'], ...rows]))
  },
})
