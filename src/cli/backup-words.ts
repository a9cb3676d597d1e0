// What the commands for backups have in common: where things are, and whose keys.
import { isAbsolute, relative, resolve } from 'node:path'
import { AppError } from '../contract/errors.ts'
import type { OptionSpecs } from './arguments.ts'
import type { CommandContext } from './command.ts'
import { tellFileFailures } from './file-failure.ts'

export const FOLDER_OPTIONS = {
  config: { type: 'string', value: 'FILE', description: 'Settings as YAML. Default: /etc/platen/platen.yaml when it is there.' },
  'data-dir': { type: 'string', value: 'DIR', description: 'The data folder. Default: as the settings say.' },
  'profiles-dir': { type: 'string', value: 'DIR', description: 'The folder of the profiles. Default: as the settings say.' },
} as const satisfies OptionSpecs

export const IDENTITY_OPTION = {
  identity: { type: 'string', value: 'FILE', description: 'File with the age identity that it was encrypted for.' },
} as const satisfies OptionSpecs

interface FolderValues {
  readonly config: string | undefined
  readonly 'data-dir': string | undefined
  readonly 'profiles-dir': string | undefined
}

export async function foldersOf(values: FolderValues, { environment }: Pick<CommandContext, 'environment'>) {
  const { loadFolders } = await import('../appliance/load-settings.ts')
  const said = { 'data-dir': values['data-dir'], 'profiles-dir': values['profiles-dir'] }
  const flags = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
  return loadFolders({ file: values.config, environment, flags })
}

export function isInside(folder: string, path: string): boolean {
  const way = relative(resolve(folder), resolve(path))
  return way === '' || !(way.startsWith('..') || isAbsolute(way))
}

export async function identitiesOf(file: string | undefined): Promise<readonly string[]> {
  if (file === undefined) return []
  const { identitiesIn } = await import('../appliance/backup/backup-folder.ts')
  const identities = await tellFileFailures(() => identitiesIn(file))
  if (identities.length > 0) return identities
  throw new AppError(
    'CLI_USAGE',
    `${file} holds no age identity`,
    'It is a line that begins with AGE-SECRET-KEY-; `age-keygen -o FILE` makes one.',
  )
}
