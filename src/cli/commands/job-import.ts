// platen job import
import { readFileSync } from 'node:fs'
import { readJobList } from '../../contract/xml/job-list.ts'
import { usage } from '../arguments.ts'
import { watchBatch } from '../batch-run.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { postWhole, requestsOf, scriptMap } from '../job-list-import.ts'
import { table } from '../table.ts'

export const jobImport = defineCommand({
  name: 'job import',
  summary: 'Post the jobs of a job list in the older XML (relbuild.xml): all of them, or none when one cannot be.',
  words: ['<file>'],
  options: {
    map: {
      type: 'string',
      multiple: true,
      value: 'SCRIPT=PROFILE',
      description: 'The profile that stands for a script of the list, when it is not called like it; repeatable.',
    },
    wait: { type: 'boolean', description: 'Wait until all have ended, and show a line whenever one does something else.' },
    ...API_OPTIONS,
  },
  examples: ['platen job import relbuild.xml', 'platen job import relbuild.xml --map setup.cmd=web-server'],

  async run(input, context) {
    const [file = ''] = input.words
    const { map, wait, json } = input.values
    const list = readJobList(readText(file), file)
    const api = apiOf(input, context)
    const requests = requestsOf(list, { where: file, profiles: await api.profiles(), scripts: scriptMap(map) })
    const posted = await postWhole(api, requests)
    const jobs = wait ? await watchBatch(api, posted, context) : posted
    if (json) return context.out.print(JSON.stringify(jobs, undefined, 2))
    const rows = jobs.map(({ name, job }) => [name, job.id, job.request.profile ?? '-', job.state])
    context.out.print(rows.length === 0 ? `${file} has no jobs` : table([['IN THE LIST', 'JOB', 'PROFILE', 'STATE'], ...rows]))
  },
})

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw usage('job import', `${file} cannot be read: ${(error as Error).message}`)
  }
}
