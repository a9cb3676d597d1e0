// platen image collect
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { formatBytes } from '../format.ts'

export const imageCollect = defineCommand({
  name: 'image collect',
  summary: 'Free the space of chunks that no version names; safe at any time, also while machines are captured.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const result = await apiOf(input, context).collectImages()
    if (input.values.json) return context.out.print(JSON.stringify(result, undefined, 2))
    context.out.print(
      `${result.removedChunks} chunks removed, ${formatBytes(result.freedBytes)} free again; ${result.keptChunks} chunks stay`,
    )
  },
})
