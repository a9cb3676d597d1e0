// platen profile list
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { formatAgo } from '../format.ts'

export const profileList = defineCommand({
  name: 'profile list',
  summary: 'List the profiles that the appliance has loaded.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const profiles = await apiOf(input, context).profiles()
    if (input.values.json) return context.out.print(JSON.stringify(profiles, undefined, 2))
    if (profiles.length === 0)
      return context.out.print('No profiles. Drop a folder with a profile.yaml into the profiles folder.')
    const rows = profiles.map((profile) => [
      profile.name,
      profile.imageName ?? '-',
      profile.architecture ?? '-',
      profile.revision?.slice(0, 12) ?? '-',
      profile.loadedAt === undefined ? '-' : formatAgo(profile.loadedAt, Date.now()),
      profile.problems.length === 0 ? 'good' : `${profile.problems.length} in the folder: platen profile check ${profile.name}`,
    ])
    context.out.table([['PROFILE', 'IMAGE', 'FOR', 'REVISION', 'LOADED', 'PROBLEMS'], ...rows])
  },
})
