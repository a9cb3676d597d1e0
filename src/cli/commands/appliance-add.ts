// platen appliance add
import { readFileSync } from 'node:fs'
import { usage } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const applianceAdd = defineCommand({
  name: 'appliance add',
  summary: 'List another appliance, which the agents of this one then ask for jobs, too; or change its entry.',
  words: ['<name>', '<address>'],
  options: {
    'credential-file': {
      type: 'string',
      value: 'FILE',
      description: 'The secret that `platen agent-credential add` gave there. Left out: the one that is listed, or none.',
    },
    directory: { type: 'boolean', description: 'It is a directory: agents are told of further appliances there.' },
    ...API_OPTIONS,
  },
  examples: ['platen appliance add rack2 http://10.78.0.1:8080 --credential-file from-rack1.secret'],

  async run(input, context) {
    const [name = '', address = ''] = input.words
    const { 'credential-file': file, directory, json } = input.values
    const view = await apiOf(input, context).setAppliance(name, {
      url: address.replace(/\/+$/, ''),
      credential: file === undefined ? undefined : readSecret(file),
      isDirectory: directory || undefined,
    })
    const how = view.hasCredential ? 'with a credential' : 'without a credential'
    context.out.print(json ? JSON.stringify(view, undefined, 2) : `${view.name} is listed at ${view.url}, ${how}`)
  },
})

function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw usage('appliance add', `--credential-file: ${(error as Error).message}`)
  }
}
