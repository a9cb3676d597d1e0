// platen key rotate
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { table } from '../table.ts'

export const keyRotate = defineCommand({
  name: 'key rotate',
  summary: 'Sign with a new key from now on. What earlier ones signed stays provable.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const keys = await apiOf(input, context).rotateSigningKey()
    const rows = keys.map(({ keyId, publicKey }, index) => [keyId, index === 0 ? 'signs now' : 'before', publicKey])
    context.out.print(input.values.json ? JSON.stringify(keys, undefined, 2) : table([['key', '', 'public half'], ...rows]))
  },
})
