// platen image diff
import type { VersionDiff } from '../../contract/image.ts'
import { numberWord, wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { describeFiles } from '../file-changes.ts'
import { formatBytes } from '../format.ts'
import { fileTalk } from '../image-files.ts'
import { findVersion } from '../image-reference.ts'
import { table } from '../table.ts'

const FILES_SHOWN = 200

export const imageDiff = defineCommand({
  name: 'image diff',
  summary: 'Tell what differs between two versions, partition by partition, and file by file.',
  words: ['<image>', '<from>', '<to>'],
  options: {
    files: { type: 'boolean', description: 'Also which files differ: takes both versions to this machine; as root, on Linux.' },
    limit: {
      type: 'string',
      value: 'N',
      description: `With --files: so many of each partition are told. Default: ${FILES_SHOWN}.`,
    },
    temporary: {
      type: 'string',
      value: 'FOLDER',
      description: 'With --files: where the disks are unpacked. Default: the system’s.',
    },
    ...API_OPTIONS,
  },
  examples: ['platen image diff web 3 4', 'sudo platen image diff web 3 4 --files'],

  async run(input, context) {
    const [image = '', fromText = '', toText = ''] = input.words
    const [from, to] = [numberWord('image diff', 'from', fromText), numberWord('image diff', 'to', toText)]
    const { json, temporary: temporaryFolder } = input.values
    const limit = wholeNumber('limit', input.values.limit) ?? FILES_SHOWN
    const api = apiOf(input, context)
    const diff = await api.diffImage(image, from, to)
    const isSame = diff.sameContent && diff.sameTable
    const images = input.values.files && !isSame ? await api.images() : undefined
    const files =
      images === undefined
        ? undefined
        : await api.diffFiles(
            {
              from: findVersion(`${image}@${from}`, images),
              to: findVersion(`${image}@${to}`, images),
              diff,
              limit,
              temporaryFolder,
            },
            fileTalk(context),
          )
    context.out.endProgress()
    if (json) return context.out.print(JSON.stringify({ ...diff, ...(files && { files }) }, undefined, 2))
    if (isSame) return context.out.print(`${image} ${from} and ${to} hold the same`)
    context.out.print(describeDiff(diff))
    if (files !== undefined) context.out.print(describeFiles(files))
  },
})

function describeDiff(diff: VersionDiff): string {
  const rows = diff.partitions.map(({ number, content, change, usedBytesBefore, usedBytesAfter, changedBytes }) => [
    number === 0 ? 'disk' : String(number),
    content,
    change,
    formatBytes(usedBytesBefore),
    formatBytes(usedBytesAfter),
    formatBytes(changedBytes),
  ])
  const columns = table([['PARTITION', 'CONTENT', '', 'USED BEFORE', 'USED AFTER', 'CHANGED'], ...rows], { right: [3, 4, 5] })
  const tableWords = diff.sameTable ? 'the partition table is the same' : 'the partition tables differ'
  return `${columns}\n${diff.changedChunks} of ${diff.chunkCount} chunks differ; ${tableWords}`
}
