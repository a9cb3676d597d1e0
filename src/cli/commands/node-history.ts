// platen node history
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const nodeHistory = defineCommand({
  name: 'node history',
  summary: 'List what ran on a machine from when to when, and who or what asked for it; newest first.',
  words: ['<node>'],
  options: API_OPTIONS,

  async run(input, context) {
    const ran = await apiOf(input, context).nodeHistory(input.words[0]!)
    if (input.values.json) return context.out.print(JSON.stringify(ran, undefined, 2))
    if (ran.length === 0) return context.out.print('Nothing ran on it yet.')
    const rows = ran.map(({ imageName, version, packages = [], from, to, by, jobId }) => [
      `${imageName} ${version}`,
      packages.map((each) => `${each.name} ${each.version}`).join(', ') || '-',
      from,
      to ?? 'now',
      by,
      jobId ?? '-',
    ])
    context.out.table([['VERSION', 'PACKAGES', 'FROM', 'TO', 'BY', 'JOB'], ...rows])
  },
})
