// platen boot use
import { ARCHITECTURE_OPTION, architectureOf, numberOf } from '../boot-words.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const bootUse = defineCommand({
  name: 'boot use',
  summary: 'Use a build of the boot OS, an older one or a newer: machines that ask for no other boot it from now on.',
  words: ['<build>'],
  options: { ...ARCHITECTURE_OPTION, ...API_OPTIONS },
  examples: ['platen boot use 3'],

  async run(input, context) {
    const architecture = architectureOf('boot use', input.values)
    const build = await apiOf(input, context).useBootBuild(architecture, numberOf('boot use', input.words[0]))
    const of = build.variant === undefined ? '' : ` of the variant ${build.variant}`
    const text = `build ${build.number} for ${architecture}${of} is in use, built at ${build.builtAt}`
    context.out.print(input.values.json ? JSON.stringify(build, undefined, 2) : text)
  },
})
