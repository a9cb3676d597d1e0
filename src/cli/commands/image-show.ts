// platen image show
import { AppError } from '../../contract/errors.ts'
import type { ImageVersionView } from '../../contract/image.ts'
import { numberWord } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { formatBytes } from '../format.ts'
import { personaliseText } from '../personalise-words.ts'
import { table } from '../table.ts'
import { startsOnText } from '../wanted-words.ts'

export const imageShow = defineCommand({
  name: 'image show',
  summary: 'Show the versions of an image, or one version whole.',
  words: ['<image>', '[version]'],
  options: API_OPTIONS,

  async run(input, context) {
    const [name = '', versionText] = input.words
    const image = (await apiOf(input, context).images()).find((one) => one.name === name)
    if (image === undefined) throw new AppError('IMAGE_NOT_FOUND', `no image "${name}"`, 'List them with `platen image list`.')
    const wanted = versionText === undefined ? undefined : numberWord('image show', 'version', versionText)
    const versions = image.versions.filter(({ version }) => wanted === undefined || version === wanted)
    if (versions.length === 0) {
      const hint = `See which there are with \`platen image show ${name}\`.`
      throw new AppError('IMAGE_VERSION_NOT_FOUND', `image "${name}" has no version ${versionText}`, hint)
    }
    if (input.values.json) return context.out.print(JSON.stringify(wanted === undefined ? image : versions[0], undefined, 2))
    context.out.print(wanted === undefined ? versionTable(versions) : describeVersion(versions[0]!))
  },
})

function versionTable(versions: readonly ImageVersionView[]): string {
  const rows = versions.map((one) => [
    String(one.version),
    one.createdAt,
    formatBytes(one.usedBytes),
    formatBytes(one.addedBytes),
    one.contentDigest.slice(0, 16),
    one.tags.join(', '),
  ])
  return table([['VERSION', 'CAPTURED', 'USED', 'ADDED', 'CONTENT', 'TAGS'], ...rows], { right: [0, 2, 3] })
}

function describeVersion(one: ImageVersionView): string {
  return table([
    ['image', one.imageName],
    ['version', String(one.version)],
    ['captured', one.createdAt],
    ['tags', one.tags.join(', ') || '-'],
    ['manifest', one.manifestDigest],
    ['content', one.contentDigest],
    ['disk', formatBytes(one.diskSizeBytes)],
    ['used', formatBytes(one.usedBytes)],
    ['chunks', String(one.chunkCount)],
    ['added', formatBytes(one.addedBytes)],
    ['starts on', startsOnText(one)],
    ['job', one.jobId ?? '-'],
    ['node', one.nodeId ?? '-'],
    ['profile', one.profile === undefined ? '-' : `${one.profile} at ${one.profileRevision?.slice(0, 16) ?? 'unknown revision'}`],
    ['copies get', one.personalise === undefined ? '-' : personaliseText(one.personalise)],
  ])
}
