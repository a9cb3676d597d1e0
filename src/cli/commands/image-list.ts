// platen image list
import { formatAgo, formatBytes } from '../format.ts'
import { defineList } from '../listing.ts'

export const imageList = defineList({
  name: 'image list',
  summary: 'List images with their newest version and what all versions add up to.',
  read: (api) => api.images(),
  heading: ['IMAGE', 'VERSIONS', 'NEWEST', 'USED', 'STORED', 'CAPTURED'],
  right: [1, 2, 3, 4],
  agoColumn: 5,
  row: ({ name, versions }, now) => {
    const newest = versions.toSorted((a, b) => b.version - a.version)[0]
    const stored = versions.reduce((sum, version) => sum + version.addedBytes, 0)
    return [
      name,
      String(versions.length),
      newest === undefined ? '-' : String(newest.version),
      newest === undefined ? '-' : formatBytes(newest.usedBytes),
      formatBytes(stored),
      newest === undefined ? '-' : formatAgo(newest.createdAt, now),
    ]
  },
  empty: 'No images. Build one: `platen job add build --profile NAME`.',
  changesWith: ['job.changed'],
})
