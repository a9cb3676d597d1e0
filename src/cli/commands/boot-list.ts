// platen boot list
import { describeBuilds } from '../boot-words.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const bootList = defineCommand({
  name: 'boot list',
  summary: 'List the builds of the boot OS: which are in use, and who wants which.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const builds = await apiOf(input, context).bootBuilds()
    context.out.print(input.values.json ? JSON.stringify(builds, undefined, 2) : describeBuilds(builds))
  },
})
