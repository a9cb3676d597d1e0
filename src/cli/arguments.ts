// The words of a command line: options with their types, and the count of what is left. Pure.
import { parseArgs } from 'node:util'
import { AppError } from '../contract/errors.ts'
import { nearest } from '../contract/nearest.ts'

export interface OptionSpec {
  readonly type: 'string' | 'boolean'
  readonly description: string
  /** What stands for the value in the help: FILE. */
  readonly value?: string
  readonly multiple?: boolean
}
export type OptionSpecs = Readonly<Record<string, OptionSpec>>

type ValueOf<S extends OptionSpec> = S extends { type: 'boolean' }
  ? boolean
  : S extends { multiple: true }
    ? readonly string[]
    : string | undefined
export type Values<S extends OptionSpecs> = { readonly [K in keyof S]: ValueOf<S[K]> }

interface Described<S extends OptionSpecs> {
  readonly name: string
  readonly words: readonly string[]
  readonly options: S
}

export function parseWords<S extends OptionSpecs>(
  command: Described<S>,
  argv: readonly string[],
): { values: Values<S>; words: readonly string[] } {
  const { values, positionals } = parse(command, argv)
  const required = command.words.filter((word) => !word.startsWith('[')).length
  const isOpen = command.words.some((word) => word.includes('...'))
  if (positionals.length < required || (!isOpen && positionals.length > command.words.length)) {
    const wanted = command.words.length === 0 ? 'no words after it' : command.words.join(' ')
    throw usage(command.name, `${command.name} takes ${wanted}, not "${positionals.join(' ')}"`)
  }
  const complete = Object.entries(command.options).map(([name, { type, multiple }]) => [
    name,
    values[name] ?? (type === 'boolean' ? false : multiple === true ? [] : undefined),
  ])
  return { values: Object.fromEntries(complete) as Values<S>, words: positionals }
}

function parse({ name, options }: Described<OptionSpecs>, argv: readonly string[]) {
  const specs = Object.entries(options).map(([option, { type, multiple = false }]) => [option, { type, multiple }])
  try {
    const parsed = parseArgs({ args: joinNegativeNumbers(argv), allowPositionals: true, options: Object.fromEntries(specs) })
    return { values: parsed.values as Readonly<Record<string, unknown>>, positionals: parsed.positionals }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code?.startsWith('ERR_PARSE_ARGS') !== true) throw error
    const [, unknown] = /Unknown option '--([^']+)'/.exec(message) ?? []
    if (unknown === undefined) throw usage(name, message)
    const meant = nearest(unknown, Object.keys(options))
    throw usage(name, `${name} has no option --${unknown}${meant === undefined ? '' : `; did you mean --${meant}?`}`)
  }
}

/** "--priority -5" means what it says; parseArgs alone would take "-5" for an option. */
function joinNegativeNumbers(argv: readonly string[]): string[] {
  const joined: string[] = []
  for (const word of argv) {
    const last = joined.at(-1)
    if (/^-\d+$/.test(word) && last?.startsWith('--') === true && !last.includes('='))
      joined[joined.length - 1] = `${last}=${word}`
    else joined.push(word)
  }
  return joined
}

/** An option's text as a whole number. */
export function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (WHOLE_NUMBER.test(text)) return Number(text)
  throw new AppError('CLI_USAGE', `--${name} takes a whole number, not "${text}"`, `For example: --${name} 10`)
}

/** A word of a command as a whole number: "version" of <version>. */
export function numberWord(command: string, word: string, text: string): number {
  if (WHOLE_NUMBER.test(text)) return Number(text)
  throw usage(command, `<${word}> is a whole number, not "${text}"`)
}

const WHOLE_NUMBER = /^-?\d{1,15}$/

export const usage = (name: string, message: string): AppError =>
  new AppError('CLI_USAGE', message, `See \`platen ${name} --help\`.`)
