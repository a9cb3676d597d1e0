// platen package rm
import { usage } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const packageRm = defineCommand({
  name: 'package rm',
  summary: 'Remove a version of a package that nobody has or wants.',
  words: ['<package@version>'],
  options: API_OPTIONS,
  examples: ['platen package rm monitoring-agent@2.1.0'],

  async run(input, context) {
    const [name = '', ...rest] = input.words[0]!.split('@')
    const version = rest.join('@')
    if (version === '') throw usage('package rm', `package rm takes NAME@VERSION, not "${input.words[0]}"`)
    await apiOf(input, context).removePackage(name, version)
    context.out.print(input.values.json ? JSON.stringify({ name, removed: version }) : `${name} ${version} is removed`)
  },
})
