// platen secret set
import { readFileSync } from 'node:fs'
import { askSecret } from '../ask-secret.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const secretSet = defineCommand({
  name: 'secret set',
  summary: 'Keep a secret for steps of profiles, encrypted; it is asked for, or one line of what is piped in.',
  words: ['<name>'],
  options: {
    file: { type: 'string', value: 'FILE', description: 'Take the whole content of this file, as a key of several lines.' },
    ...API_OPTIONS,
  },
  examples: ['platen secret set wifi-key', 'platen secret set licence --file licence.pem'],

  async run(input, context) {
    const [name = ''] = input.words
    const { file, json } = input.values
    const value = file === undefined ? await askSecret(`Secret ${name}: `, context.signal) : readFileSync(file, 'utf8')
    const kept = await apiOf(input, context).setSecret(name, value)
    context.out.print(
      json ? JSON.stringify(kept, undefined, 2) : `secret ${name} is kept; steps name it under secrets in profile.yaml`,
    )
  },
})
