// What may stand at the end of a half-typed line, told by the declarations of the commands. Pure.
import type { OptionSpec } from './arguments.ts'
import type { Command } from './command.ts'

/** Lists of the appliance whose names a line may hold. */
export type NamedThing =
  | 'nodes'
  | 'jobs'
  | 'images'
  | 'classes'
  | 'profiles'
  | 'packages'
  | 'schedules'
  | 'hooks'
  | 'roll-outs'
  | 'operations'

/** Of a command, what a line needs to be completed. */
export interface Spoken extends Pick<Command, 'name' | 'words'> {
  readonly options: Readonly<Record<string, Pick<OptionSpec, 'type' | 'value'>>>
}

export function spokenOf({ name, words, options }: Command): Spoken {
  const told = Object.entries(options).map(([option, { type, value }]) => [
    option,
    { type, ...(value === undefined ? {} : { value }) },
  ])
  return { name, words, options: Object.fromEntries(told) }
}

export type Suggestion =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** prefix: what stands before the name in its word, as "rack1-07," in a set. */
  | { readonly kind: 'names'; readonly of: NamedThing; readonly prefix: string; readonly begin: string }

const NOTHING: Suggestion = { kind: 'words', words: [] }

/** What a placeholder, or the name of an option, stands for. */
const THINGS: Readonly<Record<string, NamedThing>> = {
  node: 'nodes',
  nodes: 'nodes',
  into: 'nodes',
  'job-id': 'jobs',
  after: 'jobs',
  image: 'images',
  class: 'classes',
  'need-class': 'classes',
  profile: 'profiles',
  package: 'packages',
  schedule: 'schedules',
  hook: 'hooks',
  'roll-out': 'roll-outs',
  operation: 'operations',
}

/** The line as far as it is typed, the program's name first. */
export function suggest(commands: readonly Spoken[], line: string): Suggestion {
  const [, ...words] = line.trimStart().split(/\s+/)
  const typed = words.pop() ?? ''
  const command =
    commands.find(({ name }) => name === words.slice(0, 2).join(' ')) ?? commands.find(({ name }) => name === words[0])
  if (command === undefined) return fitting(nextWords(commands, words), typed)

  const args = words.slice(command.name.split(' ').length)
  const before = args.at(-1)
  if (before?.startsWith('--') === true && command.options[before.slice(2)]?.type === 'string')
    return optionValue(command, before.slice(2), typed)
  if (typed.startsWith('-'))
    return fitting(
      ['help', ...Object.keys(command.options)].map((name) => `--${name}`),
      typed,
    )
  const place = args.filter((word, index) => !word.startsWith('-') && !takesValue(command, args[index - 1])).length
  const [first = ''] = command.words
  return placeholder(first.endsWith('...]') ? first : (command.words[place] ?? ''), typed)
}

function takesValue({ options }: Spoken, word: string | undefined): boolean {
  return word?.startsWith('--') === true && options[word.slice(2)]?.type === 'string'
}

/** "node" is offered once, however many commands begin with it. */
function nextWords(commands: readonly Spoken[], words: readonly string[]): readonly string[] {
  const parts = commands.map(({ name }) => name.split(' '))
  const next = parts.filter((part) => words.every((word, index) => part[index] === word)).map((part) => part[words.length])
  return [...new Set(next)].filter((word) => word !== undefined)
}

function optionValue({ options }: Spoken, option: string, typed: string): Suggestion {
  if (options[option]?.value === 'FORM') return fitting(['table', 'wide', 'json', 'yaml', 'name', 'jsonpath='], typed)
  return placeholder(`<${option}>`, typed)
}

function placeholder(word: string, typed: string): Suggestion {
  const inside = word.replaceAll(/[<>]|^\[|\]$/g, '')
  if (inside.includes('|') && !inside.includes('[')) return fitting(inside.split('|'), typed)
  const of = THINGS[inside.replace(/\[.*|\.\.\.$/, '')]
  if (of === undefined) return NOTHING
  if (of !== 'nodes') return { kind: 'names', of, prefix: '', begin: typed }
  // In a set of nodes the last one is completed.
  const at = typed.lastIndexOf(',') + 1
  const [prefix, begin] = [typed.slice(0, at), typed.slice(at)]
  if (!begin.startsWith('class=')) return { kind: 'names', of, prefix, begin }
  return { kind: 'names', of: 'classes', prefix: `${prefix}class=`, begin: begin.slice('class='.length) }
}

const fitting = (words: readonly string[], typed: string): Suggestion => ({
  kind: 'words',
  words: words.filter((word) => word.startsWith(typed)),
})
