// platen image import
import { formatOfFile } from '../../winpe-agent/index.ts'
import { usage } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { fileTalk, formatNamed } from '../image-files.ts'
import { READINGS } from '../new-job.ts'

export const imageImport = defineCommand({
  name: 'image import',
  summary: 'Make a version out of a file: a bundle, or a disk as raw or qcow2. Only what the store lacks is sent.',
  words: ['<file>'],
  options: {
    name: { type: 'string', value: 'NAME', description: 'The image that it becomes a version of.' },
    format: { type: 'string', value: 'FORMAT', description: 'bundle, raw or qcow2. Default: what the file looks like.' },
    'include-unknown': { type: 'boolean', description: 'Copy partitions with an unknown filesystem block by block.' },
    as: {
      type: 'string',
      value: 'READING',
      description: `How to read a disk that can be read in more than one way: ${READINGS.join(', ')}.`,
    },
    'sector-size': { type: 'string', value: 'BYTES', description: 'Of a raw disk: 512 or 4096. Default: what its table shows.' },
    temporary: { type: 'string', value: 'FOLDER', description: 'Where a qcow2 file is unpacked. Default: the system’s.' },
    ...API_OPTIONS,
  },
  examples: ['platen image import web-3.platen --name web', 'sudo platen image import golden.qcow2 --name golden'],

  async run(input, context) {
    const [file = ''] = input.words
    const { name: imageName, json, temporary: temporaryFolder } = input.values
    if (imageName === undefined) throw usage('image import', 'image import needs --name NAME')
    const found = await formatOfFile(file).catch((error: Error) => {
      throw usage('image import', error.message)
    })
    const format = input.values.format === undefined ? found : formatNamed('image import', input.values.format)
    const includeUnknown = input.values['include-unknown']
    const as = oneOf(READINGS, input.values.as, '--as')
    const sectorBytes = oneOf([512, 4096] as const, input.values['sector-size'], '--sector-size')
    const order = { file, format, imageName, includeUnknown, temporaryFolder, as, sectorBytes }
    const version = await apiOf(input, context).importImage(order, fileTalk(context))
    context.out.endProgress()
    context.out.print(json ? JSON.stringify({ imageName, version }, undefined, 2) : `${file} is ${imageName} version ${version}`)
  },
})

function oneOf<T extends string | number>(choices: readonly T[], text: string | undefined, option: string): T | undefined {
  const choice = choices.find((one) => String(one) === text)
  if (text !== undefined && choice === undefined)
    throw usage('image import', `${option} takes ${choices.join(', ')}, not "${text}"`)
  return choice
}
