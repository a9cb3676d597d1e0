// platen profile prepare
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Value } from 'typebox/value'
import { parse } from 'yaml'
import { loadFolders } from '../../appliance/load-settings.ts'
import { AppError } from '../../contract/errors.ts'
import { Profile } from '../../contract/profile.ts'
import { defineCommand, JSON_OPTION } from '../command.ts'
import { makeComponent } from '../component-make.ts'

export const profilePrepare = defineCommand({
  name: 'profile prepare',
  summary: "Make a profile's components on this machine, with the profile's own scripts; those that are current are left alone.",
  words: ['<profile>'],
  options: {
    'profiles-dir': { type: 'string', value: 'DIR', description: 'Where profiles lie. Default: as `platen serve` finds it.' },
    config: { type: 'string', value: 'FILE', description: 'Settings as YAML, for the folder. Default: /etc/platen/platen.yaml.' },
    force: { type: 'boolean', description: 'Make all of them again.' },
    ...JSON_OPTION,
  },
  examples: ['platen profile prepare tiny-linux', 'platen profile prepare ./profiles/debian-13 --force'],

  async run({ values, words }, { out, environment, signal }) {
    const flags = { 'profiles-dir': values['profiles-dir'] }
    const folder = folderOf(words[0]!, () => loadFolders({ file: values.config, environment, flags }).profilesDir)
    const components = (readProfile(folder).components ?? []).filter(({ make }) => make !== undefined)
    const outputs = components.map(({ file }) => file)
    const results: { name: string; file: string; outcome: 'made' | 'current' }[] = []
    for (const [index, component] of components.entries()) {
      const onLine = (line: string) => out.progress({ percent: undefined, text: `${component.name}: ${line}` })
      out.progress({ percent: (100 * index) / components.length, text: component.name })
      const outcome = await makeComponent({ folder, component, outputs, signal, onLine }, values.force)
      results.push({ name: component.name, file: join(folder, component.file), outcome })
    }
    if (values.json) return out.print(JSON.stringify(results, undefined, 2))
    for (const { name, file, outcome } of results) out.print(`${name}: ${outcome === 'made' ? 'made' : 'is current'} (${file})`)
    if (results.length === 0) out.print('This profile has no components to make.')
  },
})

/** A word with a slash is a path, anything else a name in the profiles folder. */
function folderOf(word: string, profilesDir: () => string): string {
  return word.includes('/') || word === '.' ? resolve(word) : join(profilesDir(), word)
}

function readProfile(folder: string): Profile {
  const file = join(folder, 'profile.yaml')
  const hint = 'See docs/profiles.md; with the folder in place, `platen profile check` names file and line.'
  let content: unknown
  try {
    content = parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new AppError('PROFILE_NOT_FOUND', `there is no ${file}`, hint)
    throw new AppError('PROFILE_INVALID', `${file}: ${(error as Error).message}`, hint, { cause: error })
  }
  if (Value.Check(Profile, content)) return content
  const [problem] = Value.Errors(Profile, content)
  throw new AppError('PROFILE_INVALID', `${file}: ${problem?.instancePath || 'the whole file'} ${problem?.message}`, hint)
}
