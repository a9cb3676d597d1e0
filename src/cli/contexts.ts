// Connections that a person keeps by name: ~/.config/platen/contexts.yaml. Reads and writes that file.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { parse, stringify } from 'yaml'
import { AppError } from '../contract/errors.ts'
import { ownFile } from './kept-token.ts'

const NAME = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'
const Contexts = Type.Object({
  current: Type.Optional(Type.String()),
  contexts: Type.Record(
    Type.String({ pattern: NAME }),
    Type.Object({ url: Type.String(), tokenFile: Type.Optional(Type.String()) }),
  ),
})
export type Contexts = Static<typeof Contexts>
export type Context = Contexts['contexts'][string]

type Environment = Readonly<Record<string, string | undefined>>

export const isContextName = (name: string): boolean => new RegExp(NAME).test(name)

export function readContexts(environment: Environment): Contexts {
  const file = fileOf(environment)
  try {
    const content: unknown = parse(readFileSync(file, 'utf8'))
    if (Value.Check(Contexts, content)) return content
    const [problem] = Value.Errors(Contexts, content)
    throw new Error(`${problem?.instancePath || 'it'} ${problem?.message ?? 'has another form'}`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { contexts: {} }
    throw new AppError(
      'CLI_CONTEXTS_INVALID',
      `${file}: ${(error as Error).message}`,
      'Mend it, or remove it and set them again.',
    )
  }
}

/** Whole or not at all. */
export function writeContexts(contexts: Contexts, environment: Environment): void {
  const file = fileOf(environment)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(`${file}.new`, stringify(contexts), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** --context, else PLATEN_CONTEXT, else the one in use. undefined: none is. */
export function contextNamed(name: string | undefined, environment: Environment): Context | undefined {
  const wanted = name ?? (environment.PLATEN_CONTEXT || undefined)
  const { current, contexts } = readContexts(environment)
  const found = wanted ?? current
  return found === undefined ? undefined : contextOf(contexts, found)
}

export function contextOf(contexts: Contexts['contexts'], name: string): Context {
  const context = Object.hasOwn(contexts, name) ? contexts[name] : undefined
  if (context !== undefined) return context
  const names = Object.keys(contexts).join(', ')
  const hint = names === '' ? `Keep it: platen context set ${name} --url URL` : `There are: ${names}.`
  throw new AppError('CLI_CONTEXT_UNKNOWN', `no context "${name}"`, hint)
}

const fileOf = (environment: Environment): string => ownFile('contexts.yaml', environment)
