// platen node try
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { findVersion } from '../image-reference.ts'

export const nodeTry = defineCommand({
  name: 'node try',
  summary: 'Let a machine run a version in its memory, with the kernel of the version; its disk stays as it is.',
  words: ['<node>', '<image>'],
  options: API_OPTIONS,
  examples: ['platen node try rack1-07 debian-13@4', 'platen node try rack1-07 debian-13:next'],

  async run(input, context) {
    const api = apiOf(input, context)
    const [node, reference] = input.words
    const { imageName, version } = findVersion(reference!, await api.images())
    const job = await api.addJob({ kind: 'try', node: node!, image: imageName, version })
    if (input.values.json) return context.out.print(JSON.stringify(job, undefined, 2))
    context.out.print(
      `${job.nodeName ?? node} tries ${imageName} version ${version} when it boots next (job ${job.id}); after the boot behind that it is what it was.`,
    )
  },
})
