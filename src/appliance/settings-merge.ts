// File, then environment, then flags: one tree of settings, or every problem at once. Pure.
import { Value } from 'typebox/value'
import { nearest } from '../contract/nearest.ts'
import { Settings } from './config.ts'
import { SETTINGS, type Setting, settingOf } from './settings-table.ts'

export interface Problem {
  /** Where it was said: /etc/platen/platen.yaml, the environment, the command line. */
  readonly source: string
  readonly key: string
  readonly reason: string
  readonly example: string | undefined
}

export interface SettingsInput {
  /** The parsed file with its name; undefined when there is none. */
  readonly file: { readonly name: string; readonly content: unknown } | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly flags: Readonly<Record<string, string | undefined>>
}

export type Merged =
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] }

/** Variables with our prefix that are no settings: where the appliance and its file are, and what the profiles' scripts read. */
const OTHER_VARIABLES = ['PLATEN_URL', 'PLATEN_TOKEN_FILE', 'PLATEN_CONFIG', 'PLATEN_DEBIAN_MIRROR']

interface Said {
  readonly source: string
  readonly value: unknown
}

export function mergeSettings({ file, environment, flags }: SettingsInput): Merged {
  const said = new Map<string, Said>()
  const problems: Problem[] = []
  if (file !== undefined) readFile(file, said, problems)
  readEnvironment(environment, said, problems)
  for (const setting of SETTINGS) {
    const text = flags[setting.flag]
    if (text !== undefined) said.set(setting.key, { source: `--${setting.flag}`, value: parseText(setting, text) })
  }

  const tree = treeOf(said)
  problems.push(...checkValues(tree, said))
  return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'settings', settings: tree as Settings }
}

function readFile(file: NonNullable<SettingsInput['file']>, said: Map<string, Said>, problems: Problem[]): void {
  // An empty file is a file without settings.
  const content = file.content ?? {}
  if (typeof content !== 'object' || Array.isArray(content)) {
    problems.push({ source: file.name, key: '(whole file)', reason: 'is not a list of keys', example: 'interface: br0' })
    return
  }
  const visit = (node: object, prefix: string): void => {
    for (const [name, value] of Object.entries(node)) {
      const key = prefix + name
      if (settingOf(key) !== undefined) said.set(key, { source: file.name, value })
      else if (!isSection(key)) problems.push(unknownKey(file.name, key))
      else if (typeof value === 'object' && value !== null) visit(value, `${key}.`)
      else if (value !== null)
        problems.push({ source: file.name, key, reason: 'holds settings, not a value', example: undefined })
    }
  }
  visit(content, '')
}

const isSection = (key: string): boolean => SETTINGS.some((setting) => setting.key.startsWith(`${key}.`))

function unknownKey(source: string, key: string): Problem {
  const all = SETTINGS.map((setting) => setting.key)
  // "leaseSeconds" at the top may be right one level down.
  const meant = all.find((known) => known.endsWith(`.${key}`)) ?? nearest(key, all)
  const reason = meant === undefined ? 'is not a setting' : `is not a setting; the nearest one is ${meant}`
  return { source, key, reason, example: meant && settingOf(meant)?.example }
}

function readEnvironment(environment: SettingsInput['environment'], said: Map<string, Said>, problems: Problem[]): void {
  const known = new Map(SETTINGS.map((setting) => [setting.variable, setting]))
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith('PLATEN_') || text === undefined || OTHER_VARIABLES.includes(variable)) continue
    const setting = known.get(variable)
    if (setting !== undefined) {
      said.set(setting.key, { source: variable, value: parseText(setting, text) })
      continue
    }
    const meant = nearest(variable, [...known.keys()])
    const reason = meant === undefined ? 'is not a setting' : `is not a setting; the nearest one is ${meant}`
    problems.push({ source: 'environment', key: variable, reason, example: undefined })
  }
}

/** A word from outside as the type that the schema wants; what cannot be read stays text, so that the check names it. */
function parseText(setting: Setting, text: string): unknown {
  switch (setting.kind) {
    case 'integer':
      return /^\d+$/.test(text) ? Number(text) : text
    case 'list':
      return text === '' ? [] : text.split(',').map((part) => part.trim())
    case 'text':
      return text
  }
}

function treeOf(said: ReadonlyMap<string, Said>): Record<string, unknown> {
  const tree: Record<string, unknown> = {}
  for (const setting of SETTINGS) {
    const path = setting.key.split('.')
    const leaf = path.pop()!
    let node = tree
    for (const name of path) {
      node[name] ??= {}
      node = node[name] as Record<string, unknown>
    }
    const value = said.get(setting.key)?.value
    if (value !== undefined && value !== null) node[leaf] = value
  }
  return Value.Default(Settings, tree) as Record<string, unknown>
}

function checkValues(tree: unknown, said: ReadonlyMap<string, Said>): Problem[] {
  const byKey = new Map<string, Problem>()
  for (const error of Value.Errors(Settings, tree)) {
    for (const key of keysOf(error)) {
      const setting = settingOf(key)
      if (setting === undefined || byKey.has(key)) continue
      const from = said.get(key)
      byKey.set(key, { source: from?.source ?? 'nowhere', key, reason: reasonOf(setting, from), example: setting.example })
    }
  }
  return [...byKey.values()]
}

function keysOf(error: ReturnType<typeof Value.Errors>[number]): string[] {
  const path = error.instancePath.split('/').slice(1)
  if (error.keyword === 'required') return error.params.requiredProperties.map((name) => [...path, name].join('.'))
  // /dhcp/dns/0 is about dhcp.dns.
  return [path.filter((part) => !/^\d+$/.test(part)).join('.')]
}

function reasonOf(setting: Setting, from: Said | undefined): string {
  return from === undefined ? 'is missing' : `is ${JSON.stringify(from.value)}, but wants ${setting.wants}`
}
