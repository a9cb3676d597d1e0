// platen profile check
import { AppError } from '../../contract/errors.ts'
import type { ProfileView } from '../../contract/profile.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const profileCheck = defineCommand({
  name: 'profile check',
  summary: "Say what is wrong in the appliance's profiles, with file and line; exit status 0 when nothing is.",
  words: ['[profile]'],
  options: API_OPTIONS,

  async run(input, context) {
    const api = apiOf(input, context)
    const [name] = input.words
    const names = name === undefined ? (await api.profiles()).map((profile) => profile.name) : [name]
    const profiles = await Promise.all(names.map((one) => api.checkProfile(one)))
    if (input.values.json) context.out.print(JSON.stringify(profiles, undefined, 2))
    else for (const profile of profiles) context.out.print(describeProblems(profile))
    const bad = profiles.filter(({ problems }) => problems.length > 0)
    if (bad.length > 0) {
      const names = bad.map((profile) => profile.name).join(', ')
      const hint = 'Mend the folder; it is read again at once. Until then the revision that was good stays in force.'
      throw new AppError('PROFILE_INVALID', `mistakes in ${names}`, hint)
    }
  },
})

function describeProblems({ name, problems }: ProfileView): string {
  if (problems.length === 0) return `${name}: good`
  return problems.map(({ file, line, reason }) => `${name}: ${file}${line === undefined ? '' : `:${line}`}: ${reason}`).join('\n')
}
