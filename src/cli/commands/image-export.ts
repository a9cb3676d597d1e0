// platen image export
import { usage, wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { formatBytes } from '../format.ts'
import { fileTalk, formatNamed, packingNamed } from '../image-files.ts'
import { findVersion } from '../image-reference.ts'

export const imageExport = defineCommand({
  name: 'image export',
  summary: 'Write a version into one file: a bundle for another appliance, or the disk itself in a format that others read.',
  words: ['<image[@version|:tag]>'],
  options: {
    to: { type: 'string', value: 'FILE', description: 'The file to write; it has this name once it is whole.' },
    format: { type: 'string', value: 'FORMAT', description: 'bundle, raw, qcow2, vmdk, vhd, vhdx or vdi. Default: bundle.' },
    compress: {
      type: 'string',
      value: 'HOW',
      description: 'Pack the file with zstd, gzip or xz; not for bundles, which are packed.',
    },
    disk: { type: 'string', value: 'N', description: 'Not for bundles: which disk of an image that has several, from 1.' },
    ...API_OPTIONS,
  },
  examples: [
    'platen image export web@3 --to web-3.platen',
    'platen image export web:stable --to web.qcow2 --format qcow2',
    'platen image export web@3 --to web.raw.zst --format raw --compress zstd',
    'platen image export web --to /srv/web.raw --format raw --url http://10.77.0.1:8080',
  ],

  async run(input, context) {
    const [reference = ''] = input.words
    const { to: file, json } = input.values
    if (file === undefined) throw usage('image export', 'image export needs --to FILE')
    const format = formatNamed('image export', input.values.format ?? 'bundle')
    const compress = packingNamed('image export', input.values.compress)
    if (format === 'bundle' && compress !== undefined)
      throw usage('image export', 'a bundle is packed already: leave --compress out')
    const disk = wholeNumber('disk', input.values.disk)
    const api = apiOf(input, context)
    const version = findVersion(reference, await api.images())
    const sizeBytes = await api.exportImage({ version, file, format, disk, compress }, fileTalk(context))
    context.out.endProgress()
    const done = { imageName: version.imageName, version: version.version, file, format, sizeBytes }
    const words = `${version.imageName} version ${version.version} is in ${file} (${[format, compress].filter(Boolean).join(', ')}, ${formatBytes(sizeBytes)})`
    context.out.print(json ? JSON.stringify(done, undefined, 2) : words)
  },
})
