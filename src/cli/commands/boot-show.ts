// platen boot show
import { AppError } from '../../contract/errors.ts'
import { ARCHITECTURE_OPTION, architectureOf, describeBuild, numberOf } from '../boot-words.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const bootShow = defineCommand({
  name: 'boot show',
  summary: 'Show a build of the boot OS, or the one in use: its files, and every package that it was made from, with digests.',
  words: ['[build]'],
  options: { ...ARCHITECTURE_OPTION, ...API_OPTIONS },
  examples: ['platen boot show', 'platen boot show 3', 'platen boot show 1 --architecture arm64'],

  async run(input, context) {
    const architecture = architectureOf('boot show', input.values)
    const api = apiOf(input, context)
    const [word] = input.words
    const number =
      word !== undefined
        ? numberOf('boot show', word)
        : (await api.bootBuilds()).find(
            (each) => each.architecture === architecture && each.isInUse && each.variant === undefined,
          )?.number
    if (number === undefined) {
      const hint = `Build it: platen boot build --architecture ${architecture}`
      throw new AppError('BOOT_OS_NOT_BUILT', `there is no boot OS for ${architecture}`, hint)
    }
    const build = await api.bootBuild(architecture, number)
    context.out.print(input.values.json ? JSON.stringify(build, undefined, 2) : describeBuild(build))
  },
})
