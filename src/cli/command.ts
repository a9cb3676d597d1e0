// What a command is, and what it may touch. Pure.
import type { OperatorApi } from './api.ts'
import { type OptionSpecs, parseWords, type Values } from './arguments.ts'
import { inForm } from './output-form.ts'
import type { TableOptions } from './table.ts'

export interface Output {
  /** A line, or several, for whoever reads the result: standard output. */
  print(text: string): void
  /** Rows under a heading: columns that fit the terminal, whole ones elsewhere. */
  table(rows: readonly (readonly string[])[], options?: TableOptions): void
  /** Bytes as they are: standard output. Waits until they are taken. */
  writeBytes(bytes: Uint8Array): Promise<void>
  /** What went wrong, and everything that is no result: standard error. */
  printError(text: string): void
  /** A line that changes in place on a terminal, a plain line now and then elsewhere. */
  progress(update: ProgressUpdate): void
  /** The whole terminal, for what changes in place; undefined where there is none. */
  openScreen(): Screen | undefined
  /** Ends the changing line; what is printed next starts on its own. */
  endProgress(): void
}

export interface Screen {
  size(): { readonly columns: number; readonly rows: number }
  /** Instead of what was drawn before. */
  draw(lines: readonly string[]): void
  /** Gives the terminal back as it was. */
  close(): void
}

export interface ProgressUpdate {
  /** undefined: how much there is to do is not known. */
  readonly percent: number | undefined
  readonly text: string
  readonly secondsLeft?: number | undefined
}

/** Everything that a command may touch: nothing here is global, so a test passes plain objects. */
export interface CommandContext {
  readonly out: Output
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Aborted when the person or the system wants the command to end. */
  readonly signal: AbortSignal
  /** Opens nothing yet: the token is read with the first request. */
  connect(target: ApiTarget): OperatorApi
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>
  /** A line that a person types; undefined where there is no terminal. */
  ask(prompt: string): Promise<string | undefined>
  /** Typed without being shown, or one line of standard input. */
  askSecret(prompt: string): Promise<string>
}

export interface ApiTarget {
  readonly url: string | undefined
  readonly tokenFile: string | undefined
  /** A connection that is kept by this name. */
  readonly context: string | undefined
  /** A site that follows that appliance, which asks it: paris, or region/paris. */
  readonly site?: string | undefined
}

export interface CommandInput<S extends OptionSpecs> {
  readonly values: Values<S>
  readonly words: readonly string[]
}

export interface Command {
  /** As it is typed: "job cancel". */
  readonly name: string
  readonly summary: string
  /** Words after the name: "<job-id>"; checked by count, [in brackets] may be left out, one with ... may stand for many. */
  readonly words: readonly string[]
  readonly options: OptionSpecs
  /** Whole lines to try, shown by --help. */
  readonly examples?: readonly string[]
  run(argv: readonly string[], context: CommandContext): Promise<void>
}

interface Definition<S extends OptionSpecs> extends Omit<Command, 'options' | 'run'> {
  readonly options: S
  run(input: CommandInput<S>, context: CommandContext): Promise<void>
}

/** A command whose options are typed by their specification. Prints in the form that `--output` says. */
export function defineCommand<const S extends OptionSpecs>(definition: Definition<S>): Command {
  return {
    ...definition,
    run: async (argv, context) => {
      const input = parseWords(definition, argv)
      // Where a command has an output of its own (a file), it declares it itself.
      if (definition.options.output !== OUTPUT_OPTION) return definition.run(input, context)
      const { form, out } = await inForm(definition.name, input.values, context.out)
      const values = { ...input.values, json: form !== 'table' }
      return definition.run({ ...input, values }, { ...context, out })
    },
  }
}

export const JSON_FLAG = { type: 'boolean', description: 'Print the answer as JSON: short for --output json.' } as const

const OUTPUT_OPTION = {
  type: 'string',
  value: 'FORM',
  description:
    'How the answer is printed: table, wide (columns are not cut), json, yaml, name (names or ids, one a line), jsonpath=PATH. Default: table.',
} as const

/** Options of commands that ask no appliance. */
export const JSON_OPTION = { output: OUTPUT_OPTION, json: JSON_FLAG } as const satisfies OptionSpecs

/** Where the appliance is, and by whose token it is asked. */
export const CONNECTION_OPTIONS = {
  url: {
    type: 'string',
    value: 'URL',
    description: 'The appliance to ask. Default: PLATEN_URL, else that of the context, else the one on this machine.',
  },
  'token-file': {
    type: 'string',
    value: 'FILE',
    description:
      'File with a token. Default: PLATEN_TOKEN_FILE, else your login, else the operator token of the appliance on this machine.',
  },
  context: {
    type: 'string',
    value: 'NAME',
    description: 'A connection that `platen context set` made. Default: PLATEN_CONTEXT, else the one in use.',
  },
  site: {
    type: 'string',
    value: 'NAME',
    description: 'Ask this site through the appliance that it follows; of a site below a site: region/paris.',
  },
} as const satisfies OptionSpecs

/** Options of every command that talks to an appliance. */
export const API_OPTIONS = { ...CONNECTION_OPTIONS, ...JSON_OPTION } as const satisfies OptionSpecs

type ApiInput = CommandInput<typeof CONNECTION_OPTIONS>

export function apiOf({ values }: Pick<ApiInput, 'values'>, context: CommandContext): OperatorApi {
  return context.connect({
    url: values.url,
    tokenFile: values['token-file'],
    context: values.context,
    site: values.site,
  })
}
