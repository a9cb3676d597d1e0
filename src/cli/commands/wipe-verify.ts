// platen wipe verify
import { readFile } from 'node:fs/promises'
import { AppError } from '../../contract/errors.ts'
import { parseWipeCertificate } from '../../contract/wipe.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const wipeVerify = defineCommand({
  name: 'wipe verify',
  summary: 'Whether a certificate of a wiped disk is as the appliance signed it.',
  words: ['<file>'],
  options: API_OPTIONS,
  examples: ['platen wipe verify certificate-S5GXNX0T.json'],

  async run(input, context) {
    const signed = parseWipeCertificate(await textOf(input.words[0]!))
    const { isGenuine } = signed === undefined ? { isGenuine: false } : await apiOf(input, context).verifyWipeCertificate(signed)
    if (!isGenuine || signed === undefined)
      throw new AppError(
        'CLI_CERTIFICATE_NOT_GENUINE',
        signed === undefined
          ? `${input.words[0]} is no certificate`
          : 'this appliance did not sign the certificate as it is here',
        'It was changed, or another appliance signed it. Take it from the job again: platen job files JOB --output FOLDER',
      )
    const { disk, method, endedAt, node, samples } = signed.certificate
    if (input.values.json) return context.out.print(JSON.stringify(signed, undefined, 2))
    context.out.print(
      `genuine: disk ${disk.serial ?? disk.wwn ?? disk.byPath} of ${node.name} was wiped by ${method} until ${endedAt}; ${samples.count} places were read back: ${samples.found}`,
    )
  },
})

const textOf = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: Error) => {
    throw new AppError('CLI_USAGE', `${path} cannot be read: ${error.message}`, 'Name the JSON file of a certificate.')
  })
