// platen job files
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { apiOf, CONNECTION_OPTIONS, defineCommand, JSON_FLAG } from '../command.ts'
import { formatBytes } from '../format.ts'

export const jobFiles = defineCommand({
  name: 'job files',
  summary:
    'List the files of a job: what scripts printed, left or collected, certificates, reports; --output brings all of it into a folder.',
  words: ['<job-id>'],
  options: {
    output: { type: 'string', value: 'FOLDER', description: 'Folder to bring the files into.' },
    ...CONNECTION_OPTIONS,
    json: JSON_FLAG,
  },
  examples: ['platen job files 6f1c', 'platen job files 6f1c --output ./collected'],

  async run(input, context) {
    const api = apiOf(input, context)
    const jobId = input.words[0]!
    const files = await api.jobFiles(jobId)
    const { output } = input.values
    if (output !== undefined) {
      await mkdir(output, { recursive: true })
      for (const { name } of files) await writeFile(join(output, name), await api.jobFile(jobId, name))
    }
    if (input.values.json) return context.out.print(JSON.stringify(files, undefined, 2))
    if (files.length === 0) return context.out.print('this job left no files')
    const rows = files.map(({ name, sizeBytes }) => [output === undefined ? name : join(output, name), formatBytes(sizeBytes)])
    context.out.table([['FILE', 'SIZE'], ...rows], { right: [1] })
  },
})
