// platen profile check
import { basename, resolve } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { ProfileView } from '../../contract/profile.ts'
import type { OperatorApi } from '../api.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

type Checked = Pick<ProfileView, 'name' | 'problems'>

export const profileCheck = defineCommand({
  name: 'profile check',
  summary: 'Say what is wrong in a profile, with file and line; exit status 0 when nothing is.',
  words: ['[profile]'],
  options: API_OPTIONS,
  examples: ['platen profile check', 'platen profile check tiny-linux', 'platen profile check ./my-profile'],

  async run(input, context) {
    const [word] = input.words
    const checked = isPath(word) ? [await checkFolder(word)] : await askAppliance(apiOf(input, context), word)
    if (input.values.json) context.out.print(JSON.stringify(checked, undefined, 2))
    else for (const profile of checked) context.out.print(describeProblems(profile))
    const bad = checked.filter(({ problems }) => problems.length > 0)
    if (bad.length > 0) {
      const names = bad.map(({ name }) => name).join(', ')
      const hint = 'Mend the folder; an appliance reads it again at once. Until then the revision that was good stays in force.'
      throw new AppError('PROFILE_INVALID', `mistakes in ${names}`, hint)
    }
  },
})

/** A word with a slash is a folder of this machine, whether an appliance knows it or not. */
const isPath = (word: string | undefined): word is string => word?.includes('/') === true || word === '.'

async function checkFolder(path: string): Promise<Checked> {
  const { checkProfileFolder } = await import('../../appliance/check-profile.ts')
  const folder = resolve(path)
  return { name: basename(folder), problems: [...(await checkProfileFolder(folder))] }
}

async function askAppliance(api: OperatorApi, name: string | undefined): Promise<Checked[]> {
  const names = name === undefined ? (await api.profiles()).map((profile) => profile.name) : [name]
  return Promise.all(names.map((one) => api.checkProfile(one)))
}

function describeProblems({ name, problems }: Checked): string {
  if (problems.length === 0) return `${name}: good`
  return problems.map(({ file, line, reason }) => `${name}: ${file}${line === undefined ? '' : `:${line}`}: ${reason}`).join('\n')
}
