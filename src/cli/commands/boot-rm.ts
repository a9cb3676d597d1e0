// platen boot rm
import { ARCHITECTURE_OPTION, architectureOf, numberOf } from '../boot-words.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const bootRm = defineCommand({
  name: 'boot rm',
  summary: 'Remove a build of the boot OS that nobody wants and that is not in use.',
  words: ['<build>'],
  options: { ...ARCHITECTURE_OPTION, ...API_OPTIONS },
  examples: ['platen boot rm 1'],

  async run(input, context) {
    const architecture = architectureOf('boot rm', input.values)
    const number = numberOf('boot rm', input.words[0])
    await apiOf(input, context).removeBootBuild(architecture, number)
    const text = `build ${number} for ${architecture} is removed`
    context.out.print(input.values.json ? JSON.stringify({ architecture, removed: number }) : text)
  },
})
