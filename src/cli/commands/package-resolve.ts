// platen package resolve
import { AppError } from '../../contract/errors.ts'
import type { ResolveQuery } from '../../contract/package.ts'
import { usage } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { packageWord } from '../package/package-api.ts'

export const packageResolve = defineCommand({
  name: 'package resolve',
  summary: 'Say which versions go together on a machine, in the order in which they are installed, or why none do.',
  words: [],
  options: {
    package: {
      type: 'string',
      multiple: true,
      value: 'NAME@RANGE',
      description: 'What is wanted; without a range any version. Repeatable.',
    },
    feature: {
      type: 'string',
      multiple: true,
      value: 'NAME',
      description: 'A function that a package has to provide; repeatable.',
    },
    architecture: { type: 'string', value: 'NAME', description: 'x64 or arm64. Default: x64.' },
    model: { type: 'string', value: 'TEXT', description: "The machine's product name." },
    ...API_OPTIONS,
  },
  examples: ['platen package resolve --package monitoring-agent@^2 --feature web-server'],

  async run(input, context) {
    const { feature, architecture = 'x64', model, json } = input.values
    if (architecture !== 'x64' && architecture !== 'arm64')
      throw usage('package resolve', `--architecture takes x64 or arm64, not "${architecture}"`)
    const query: ResolveQuery = {
      packages: input.values.package.map(packageWord),
      ...(feature.length > 0 && { features: [...feature] }),
      architecture,
      ...(model !== undefined && { model }),
    }
    const answer = await apiOf(input, context).resolvePackages(query)
    if (json) return context.out.print(JSON.stringify(answer, undefined, 2))
    if (answer.kind === 'refused')
      throw new AppError(answer.code, answer.reasons.join('\n'), 'Ask for other versions, or bring one that fits.')
    for (const { name, version, because, passedOver } of answer.packages) {
      context.out.print(`${name} ${version}: ${because}`)
      for (const lost of passedOver) context.out.print(`  not ${lost.version}: ${lost.reason}`)
    }
    for (const left of answer.leftToImage) context.out.print(`left to the image: ${left}`)
  },
})
