// platen image verify
import { AppError } from '../../contract/errors.ts'
import type { VersionCheck } from '../../contract/image.ts'
import { wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const imageVerify = defineCommand({
  name: 'image verify',
  summary: 'Read images out of the store and digest them; exit status 0 when every chunk is what its name says.',
  words: ['[image]', '[version]'],
  options: API_OPTIONS,

  async run(input, context) {
    const api = apiOf(input, context)
    const [name, versionText] = input.words
    const wanted = wholeNumber('version', versionText)
    const all = (await api.images()).flatMap((image) => image.versions)
    const versions = all.filter((one) => (name ?? one.imageName) === one.imageName && (wanted ?? one.version) === one.version)
    if (name !== undefined && versions.length === 0) {
      throw new AppError('IMAGE_NOT_FOUND', `no image "${input.words.join(' ')}"`, 'List them with `platen image list`.')
    }
    const checks: VersionCheck[] = []
    for (const [index, { imageName, version }] of versions.entries()) {
      context.out.progress({ percent: (100 * index) / versions.length, text: `reading ${imageName} version ${version}` })
      const check = await api.verifyImage(imageName, version)
      checks.push(check)
      if (!input.values.json) context.out.print(describeCheck(check))
    }
    context.out.endProgress()
    if (versions.length === 0 && !input.values.json) context.out.print('No images: nothing to read.')
    if (input.values.json) context.out.print(JSON.stringify(checks, undefined, 2))
    const hurt = checks.filter(({ damaged }) => damaged.length > 0)
    if (hurt.length > 0) throw damagedVersions(hurt)
  },
})

function describeCheck({ imageName, version, chunkCount, damaged }: VersionCheck): string {
  const subject = `${imageName} version ${version}`
  if (damaged.length === 0) return `${subject}: whole (${chunkCount} chunks)`
  return [`${subject}: ${damaged.length} of ${chunkCount} chunks damaged`, ...damaged.map(({ reason }) => `  ${reason}`)].join(
    '\n',
  )
}

function damagedVersions(hurt: readonly VersionCheck[]): AppError {
  const names = hurt.map(({ imageName, version }) => `${imageName} ${version}`).join(', ')
  const hint = 'Capture from a node that runs such a version: its chunks are stored anew. Deploys of it are refused until then.'
  return new AppError('IMAGE_CHUNK_CORRUPT', `damaged in the store: ${names}`, hint)
}
