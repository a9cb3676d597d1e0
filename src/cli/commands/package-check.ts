// platen package check
import { resolve } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { defineCommand, JSON_OPTION } from '../command.ts'

export const packageCheck = defineCommand({
  name: 'package check',
  summary: 'Say what is wrong in a package on this machine, with lines; exit status 0 when nothing is.',
  words: ['<path>'],
  options: JSON_OPTION,
  examples: ['platen package check ./monitoring-agent'],

  async run(input, context) {
    const [path = ''] = input.words
    const { checkPackageFolder } = await import('../../appliance/check-profile.ts')
    const problems = await checkPackageFolder(resolve(path))
    const told = problems.map(({ line, reason }) => `${path}: ${line === undefined ? '' : `line ${line}: `}${reason}`)
    if (input.values.json) context.out.print(JSON.stringify(problems, undefined, 2))
    else context.out.print(told.length === 0 ? `${path}: good` : told.join('\n'))
    if (problems.length > 0)
      throw new AppError('PACKAGE_INVALID', `mistakes in ${path}`, 'Mend it, then bring it with `platen package add`.')
  },
})
