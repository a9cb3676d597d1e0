// platen image diff
import { wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { formatBytes } from '../format.ts'
import { table } from '../table.ts'

export const imageDiff = defineCommand({
  name: 'image diff',
  summary: 'Tell what differs between two versions, partition by partition.',
  words: ['<image>', '<from>', '<to>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [image = '', from, to] = input.words
    const diff = await apiOf(input, context).diffImage(image, wholeNumber('from', from)!, wholeNumber('to', to)!)
    if (input.values.json) return context.out.print(JSON.stringify(diff, undefined, 2))
    if (diff.sameContent && diff.sameTable) return context.out.print(`${image} ${diff.from} and ${diff.to} hold the same`)
    const rows = diff.partitions.map(({ number, content, change, usedBytesBefore, usedBytesAfter, changedBytes }) => [
      number === 0 ? 'disk' : String(number),
      content,
      change,
      formatBytes(usedBytesBefore),
      formatBytes(usedBytesAfter),
      formatBytes(changedBytes),
    ])
    context.out.print(
      table([['PARTITION', 'CONTENT', '', 'USED BEFORE', 'USED AFTER', 'CHANGED'], ...rows], { right: [3, 4, 5] }),
    )
    const tableWords = diff.sameTable ? 'the partition table is the same' : 'the partition tables differ'
    context.out.print(`${diff.changedChunks} of ${diff.chunkCount} chunks differ; ${tableWords}`)
  },
})
