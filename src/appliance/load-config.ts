// Reads the settings' file and the machine's interfaces, and gives the whole configuration. Touches the disk, writes nothing.
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LineCounter, parseDocument } from 'yaml'
import { AppError } from '../contract/errors.ts'
import { DEFAULT_CONFIG_FILE, type Settings } from './config.ts'
import { type ApplianceConfig, type Folders, foldersOf, type Interfaces, resolveConfig } from './resolve.ts'
import { mergeSettings, type Problem, type SettingsInput } from './settings-merge.ts'

export interface ConfigSources {
  /** --config; left out, the default file is read when it is there. */
  readonly file: string | undefined
  readonly environment: SettingsInput['environment']
  readonly flags: SettingsInput['flags']
  /** This machine's own, when left out. */
  readonly interfaces?: Interfaces
}

/** Throws APPLIANCE_CONFIG_INVALID with every problem in it. */
export function loadConfig(sources: ConfigSources): ApplianceConfig {
  const resolved = resolveConfig(loadSettings(sources), sources.interfaces ?? networkInterfaces(), PROGRAM_DIR)
  if (resolved.kind === 'problems') throw invalid(resolved.problems)
  return resolved.config
}

/** The folders alone: for commands that prepare them before there is an interface to serve. */
export function loadFolders(sources: ConfigSources): Folders {
  return foldersOf(loadWithoutInterface(sources), PROGRAM_DIR)
}

/** Where an appliance with these settings is found from this machine. */
export function findLocalAppliance(sources: ConfigSources): { readonly url: string; readonly tokenFile: string } {
  const settings = loadWithoutInterface(sources)
  const { listen, port } = settings.http
  const host = listen === '0.0.0.0' ? '127.0.0.1' : listen
  return { url: `http://${host}:${port}`, tokenFile: join(settings.dataDir, 'secrets', 'operator-token') }
}

const loadWithoutInterface = (sources: ConfigSources): Settings =>
  loadSettings({ ...sources, flags: { interface: 'none', ...sources.flags } })

function loadSettings({ file, environment, flags }: ConfigSources): Settings {
  const merged = mergeSettings({ file: readConfigFile(file ?? environment.PLATEN_CONFIG), environment, flags })
  if (merged.kind === 'problems') throw invalid(merged.problems)
  return merged.settings
}

export const PROGRAM_DIR = fileURLToPath(new URL('../..', import.meta.url))

function readConfigFile(file: string | undefined): SettingsInput['file'] {
  const name = file ?? DEFAULT_CONFIG_FILE
  const text = readText(name, file !== undefined)
  if (text === undefined) return undefined
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [error] = document.errors
  if (error === undefined) return { name, content: document.toJS() }
  const { line } = lines.linePos(error.pos[0])
  throw invalid([{ source: name, key: `line ${line}`, reason: error.message, example: 'interface: br0' }])
}

function readText(name: string, isWanted: boolean): string | undefined {
  try {
    return readFileSync(name, 'utf8')
  } catch (error) {
    if (!isWanted && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    const reason = `cannot be read: ${(error as Error).message}`
    throw invalid([{ source: name, key: '--config', reason, example: DEFAULT_CONFIG_FILE }])
  }
}

function invalid(problems: readonly Problem[]): AppError {
  const lines = problems.map(({ source, key, reason, example }) => {
    const hint = example === undefined ? '' : ` (example: ${example})`
    return `  ${key} ${reason}${hint} [${source}]`
  })
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  return new AppError(
    'APPLIANCE_CONFIG_INVALID',
    `${count} in the configuration:\n${lines.join('\n')}`,
    'Every key is in docs/configuration.md; try again with `platen serve --check`.',
  )
}
