// platen node try
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { eachNode, NODE_SET_OPTIONS } from '../each-node.ts'
import { findVersion } from '../image-reference.ts'

export const nodeTry = defineCommand({
  name: 'node try',
  summary: 'Let a machine run a version in its memory, with the kernel of the version; its disk stays as it is.',
  words: ['<nodes>', '<image>'],
  options: { ...NODE_SET_OPTIONS, ...API_OPTIONS },
  examples: ['platen node try rack1-07 debian-13@4', 'platen node try rack1-07 debian-13:next'],

  async run(input, context) {
    const api = apiOf(input, context)
    const { imageName, version } = findVersion(input.words[1]!, await api.images())
    await eachNode(
      {
        set: input.words[0]!,
        verb: 'try a version on',
        values: input.values,
        act: (node) => api.addJob({ kind: 'try', node, image: imageName, version }),
        say: (job, node) =>
          `${job.nodeName ?? node} tries ${imageName} version ${version} when it boots next (job ${job.id}); after the boot behind that it is what it was.`,
      },
      api,
      context,
    )
  },
})
