// File, then environment, then flags: one tree of settings, or every problem at once. Pure.
import { Value } from 'typebox/value'
import type { ErrorCode } from '../contract/errors.ts'
import { nearest } from '../contract/nearest.ts'
import { checkList } from './check-list.ts'
import { Settings } from './config.ts'
import { LISTS, SETTINGS, type Setting, settingOf } from './settings-table.ts'

export interface Problem {
  /** Where it was said: /etc/platen/platen.yaml, the environment, the command line. */
  readonly source: string
  /** Where the reason has a page of its own: NETBOOT_RANGES_OVERLAP. */
  readonly code?: ErrorCode
  readonly key: string
  readonly reason: string
  readonly example: string | undefined
}

export interface SettingsInput {
  /** The parsed file with its name; undefined when there is none. */
  readonly file: { readonly name: string; readonly content: unknown } | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly flags: Readonly<Record<string, string | undefined>>
  /** false for commands that ask where things are and serve no machine. Left out: true. */
  readonly needsInterface?: boolean
}

export type Merged =
  | { readonly kind: 'settings'; readonly settings: Settings; readonly origins: ReadonlyMap<string, string> }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] }

/** Variables with our prefix that are no settings: where the appliance and its file are, and what the profiles' scripts read. */
const OTHER_VARIABLES = ['PLATEN_URL', 'PLATEN_CA_FILE', 'PLATEN_TOKEN_FILE', 'PLATEN_CONFIG', 'PLATEN_DEBIAN_MIRROR']

interface Said {
  readonly source: string
  readonly value: unknown
}

export function mergeSettings({ file, environment, flags, needsInterface = true }: SettingsInput): Merged {
  const said = new Map<string, Said>()
  const problems: Problem[] = []
  if (file !== undefined) readFile(file, said, problems)
  readEnvironment(environment, said, problems)
  for (const setting of SETTINGS) {
    const text = flags[setting.flag]
    if (text !== undefined) said.set(setting.key, { source: `--${setting.flag}`, value: parseText(setting, text) })
  }

  const tree = treeOf(said)
  problems.push(...checkInterfaces(said, needsInterface), ...checkValues(tree, said), ...checkLists(said))
  if (problems.length > 0) return { kind: 'problems', problems }
  // An empty key in the file says nothing: the default counts.
  const origins = new Map([...said].flatMap(([key, { source, value }]) => (value === null ? [] : [[key, source] as const])))
  return { kind: 'settings', settings: tree as Settings, origins }
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
      if (settingOf(key) !== undefined || isList(key)) said.set(key, { source: file.name, value })
      else if (!isSection(key)) problems.push(unknownKey(file.name, key))
      else if (typeof value === 'object' && value !== null) visit(value, `${key}.`)
      else if (value !== null)
        problems.push({ source: file.name, key, reason: 'holds settings, not a value', example: undefined })
    }
  }
  visit(content, '')
}

const isList = (key: string): boolean => LISTS.some((list) => list.key === key)

const isSection = (key: string): boolean => SETTINGS.some((setting) => setting.key.startsWith(`${key}.`))

function unknownKey(source: string, key: string): Problem {
  const all = [...SETTINGS, ...LISTS].map((setting) => setting.key)
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
    case 'flag':
      return text === 'true' || (text === 'false' ? false : text)
    case 'list':
      return text === '' ? [] : text.split(',').map((part) => part.trim())
    case 'text':
      return text
  }
}

function treeOf(said: ReadonlyMap<string, Said>): Record<string, unknown> {
  const tree: Record<string, unknown> = {}
  for (const setting of [...SETTINGS, ...LISTS]) {
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

/** One interface is said by "interface" and what goes with it; several by their list, which says all of it. */
function checkInterfaces(said: ReadonlyMap<string, Said>, needsInterface: boolean): Problem[] {
  const hasList = (said.get('interfaces')?.value ?? undefined) !== undefined
  if (!hasList && !said.has('interface') && needsInterface) {
    return [{ source: 'nowhere', key: 'interface', reason: 'is missing', example: settingOf('interface')?.example }]
  }
  if (!hasList) return []
  const alone = [...said].filter(([key]) => key === 'interface' || key === 'address' || key.startsWith('dhcp.'))
  const reason = 'is for one interface alone: beside the list "interfaces", say it there'
  return alone.map(([key, { source }]) => ({ source, key, reason, example: undefined }))
}

function checkLists(said: ReadonlyMap<string, Said>): Problem[] {
  return LISTS.flatMap(({ key, node }) => {
    const from = said.get(key)
    if (from === undefined || from.value === null) return []
    return checkList(key, node, from.value).map((problem) => ({ source: from.source, ...problem }))
  })
}

function checkValues(tree: unknown, said: ReadonlyMap<string, Said>): Problem[] {
  const byKey = new Map<string, Problem>()
  for (const error of Value.Errors(Settings, tree)) {
    const key = keyOf(error.instancePath)
    const setting = settingOf(key)
    const from = said.get(key)
    if (setting === undefined || from === undefined || byKey.has(key)) continue
    const reason = `is ${JSON.stringify(from.value)}, but wants ${setting.wants}`
    byKey.set(key, { source: from.source, key, reason, example: setting.example })
  }
  return [...byKey.values()]
}

/** /dhcp/dns/0 is about dhcp.dns. */
function keyOf(instancePath: string): string {
  const path = instancePath.split('/').slice(1)
  return path.filter((part) => !/^\d+$/.test(part)).join('.')
}
