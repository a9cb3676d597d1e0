// platen image import
import { access } from 'node:fs/promises'
import { usage } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { fileTalk, formatNamed, sectorSizeNamed, sizeNamed } from '../image-files.ts'
import { READINGS } from '../new-job.ts'

export const imageImport = defineCommand({
  name: 'image import',
  summary:
    'Make a version out of a file or folder, whatever it holds: a bundle, a disk (raw, qcow2, VMDK, VHD, VHDX, VDI; also packed), ' +
    'an OVA, an image folder of Clonezilla or FOG. Only what the store lacks is sent.',
  words: ['<file>'],
  options: {
    name: { type: 'string', value: 'NAME', description: 'The image that it becomes a version of.' },
    format: {
      type: 'string',
      value: 'FORMAT',
      description:
        'What it must be: bundle, raw, qcow2, vmdk, vhd, vhdx or vdi. Default: what it holds decides. raw: a disk byte for byte.',
    },
    'sector-size': {
      type: 'string',
      value: 'BYTES',
      description: 'Sectors of the disk: 512 or 4096. Default: what its format says or its table shows.',
    },
    'include-unknown': { type: 'boolean', description: 'Copy partitions with an unknown filesystem block by block.' },
    'include-broken': {
      type: 'boolean',
      description: 'Copy a filesystem that its own check finds broken as it is; the image says so.',
    },
    as: {
      type: 'string',
      value: 'READING',
      description: `How to read a disk that can be read in more than one way: ${READINGS.join(', ')}.`,
    },
    temporary: { type: 'string', value: 'FOLDER', description: 'Where a file is unpacked. Default: the system’s.' },
    'max-size': {
      type: 'string',
      value: 'SIZE',
      description: 'How large it may become when it is unpacked, such as 2T. Default: 200 times its size, at least 16G.',
    },
    ...API_OPTIONS,
  },
  examples: [
    'platen image import web-3.platen --name web',
    'sudo platen image import golden.qcow2 --name golden',
    'sudo platen image import raspios.img.xz --name raspios',
    'sudo platen image import /srv/images/fog/win11 --name win11 --temporary /srv/tmp',
  ],

  async run(input, context) {
    const [file = ''] = input.words
    const { name: imageName, json, temporary: temporaryFolder } = input.values
    if (imageName === undefined) throw usage('image import', 'image import needs --name NAME')
    await access(file).catch((error: Error) => {
      throw usage('image import', error.message)
    })
    const format = input.values.format === undefined ? undefined : formatNamed('image import', input.values.format)
    const sectorBytes = sectorSizeNamed('image import', input.values['sector-size'])
    const maxBytes = sizeNamed('image import', 'max-size', input.values['max-size'])
    const includeUnknown = input.values['include-unknown']
    const includeBroken = input.values['include-broken']
    const as = oneOf(READINGS, input.values.as, '--as')
    const order = { file, format, imageName, includeUnknown, includeBroken, temporaryFolder, as, sectorBytes, maxBytes }
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
