// platen image list
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { formatAgo, formatBytes } from '../format.ts'

export const imageList = defineCommand({
  name: 'image list',
  summary: 'List images with their newest version and what all versions add up to.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const images = await apiOf(input, context).images()
    if (input.values.json) return context.out.print(JSON.stringify(images, undefined, 2))
    if (images.length === 0) return context.out.print('No images. Build one: `platen job add build --profile NAME`.')
    const rows = images.map(({ name, versions }) => {
      const newest = versions.toSorted((a, b) => b.version - a.version)[0]
      const stored = versions.reduce((sum, version) => sum + version.addedBytes, 0)
      return [
        name,
        String(versions.length),
        newest === undefined ? '-' : String(newest.version),
        newest === undefined ? '-' : formatBytes(newest.usedBytes),
        formatBytes(stored),
        newest === undefined ? '-' : formatAgo(newest.createdAt, Date.now()),
      ]
    })
    const heading = ['IMAGE', 'VERSIONS', 'NEWEST', 'USED', 'STORED', 'CAPTURED']
    context.out.table([heading, ...rows], { right: [1, 2, 3, 4] })
  },
})
