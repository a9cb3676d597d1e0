// Reads the settings' file, and says where things are by them. Touches the disk, writes nothing.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { AppError } from '../contract/errors.ts'
import { DEFAULT_CONFIG_FILE, type Settings } from './config.ts'
import { type Folders, foldersOf, PROGRAM_DIR } from './folders.ts'
import { mergeSettings, type Problem, type SettingsInput } from './settings-merge.ts'

export interface SettingSources {
  /** --config; left out, the default file is read when it is there. */
  readonly file: string | undefined
  readonly environment: SettingsInput['environment']
  readonly flags: SettingsInput['flags']
}

/** Throws APPLIANCE_CONFIG_INVALID with every problem in it. */
export function loadSettings(sources: SettingSources, needsInterface = true): Settings {
  return loadWithOrigins(sources, needsInterface).settings
}

/** The same, with who said which key. */
export function loadWithOrigins({ file, environment, flags }: SettingSources, needsInterface = true) {
  const content = readConfigFile(file ?? environment.PLATEN_CONFIG)
  const merged = mergeSettings({ file: content, environment, flags, needsInterface })
  if (merged.kind === 'problems') throw invalidSettings(merged.problems)
  return merged
}

/** The folders alone: for commands that prepare them before there is an interface to serve. */
export function loadFolders(sources: SettingSources): Folders {
  return foldersOf(loadSettings(sources, false), PROGRAM_DIR)
}

/** Where an appliance with these settings is found from this machine. */
export function findLocalAppliance(sources: SettingSources): { readonly url: string; readonly tokenFile: string } {
  const settings = loadSettings(sources, false)
  const { listen, port } = settings.http
  const host = listen === '0.0.0.0' ? '127.0.0.1' : listen
  return { url: `http://${host}:${port}`, tokenFile: join(settings.dataDir, 'secrets', 'operator-token') }
}

export function invalidSettings(problems: readonly Problem[]): AppError {
  const lines = problems.map(({ source, code, key, reason, example }) => {
    const hint = example === undefined ? '' : ` (example: ${example})`
    return `  ${key} ${reason}${hint} [${code ?? source}]`
  })
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  return new AppError(
    'APPLIANCE_CONFIG_INVALID',
    `${count} in the configuration:\n${lines.join('\n')}`,
    'Every key is in docs/configuration.md; try again with `platen serve --check`.',
  )
}

function readConfigFile(file: string | undefined): SettingsInput['file'] {
  const name = file ?? DEFAULT_CONFIG_FILE
  const text = readText(name, file !== undefined)
  if (text === undefined) return undefined
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [error] = document.errors
  if (error === undefined) return { name, content: document.toJS() }
  const { line } = lines.linePos(error.pos[0])
  throw invalidSettings([{ source: name, key: `line ${line}`, reason: error.message, example: 'interface: br0' }])
}

function readText(name: string, isWanted: boolean): string | undefined {
  try {
    return readFileSync(name, 'utf8')
  } catch (error) {
    if (!isWanted && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    const reason = `cannot be read: ${(error as Error).message}`
    throw invalidSettings([{ source: name, key: '--config', reason, example: DEFAULT_CONFIG_FILE }])
  }
}
