// The commands that every kind of objects has: list, show, remove; and what a `set` with a file does.
import { readFileSync } from 'node:fs'
import { parse, stringify } from 'yaml'
import type { CentralObject, ObjectKind } from '../../contract/central/objects.ts'
import { usage, wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, type Command, defineCommand } from '../command.ts'
import type { ObjectPath } from './central-api.ts'

interface Kind {
  /** The first word of its commands. */
  readonly word: string
  readonly path: ObjectPath
  /** How people call one. */
  readonly called: string
}

export const KINDS = {
  function: { word: 'function', path: 'functions', called: 'function' },
  distribution: { word: 'distribution', path: 'distributions', called: 'distribution' },
  'distribution-profile': { word: 'distribution-profile', path: 'distribution-profiles', called: 'distribution profile' },
  template: { word: 'template', path: 'templates', called: 'template' },
  file: { word: 'configuration-file', path: 'configuration-files', called: 'configuration file' },
  site: { word: 'site-definition', path: 'site-definitions', called: 'definition of a site' },
} as const satisfies Record<ObjectKind, Kind>

export const FROM_OPTION = {
  from: { type: 'string', value: 'FILE', description: 'All of it, as YAML or JSON: the form of a file in the watched folder.' },
} as const

/** What a file says; the name on the command line is the one that counts. */
export function objectIn(command: string, file: string, kind: ObjectKind, name: string): CentralObject {
  let content: unknown
  try {
    content = parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw usage(command, `${file} cannot be read: ${(error as Error).message}`)
  }
  if (typeof content !== 'object' || content === null) throw usage(command, `${file} holds no object`)
  const said = (content as { kind?: unknown }).kind ?? kind
  if (said !== kind) throw usage(command, `${file} says that it is a ${String(said)}, not a ${kind}`)
  return { ...content, kind, name } as CentralObject
}

export function objectCommands(kind: ObjectKind): readonly Command[] {
  const { word, path, called } = KINDS[kind]
  return [
    defineCommand({
      name: `${word} list`,
      summary: `List every ${called}.`,
      words: [],
      options: API_OPTIONS,
      async run(input, context) {
        const objects = await apiOf(input, context).objects(path)
        if (input.values.json) return context.out.print(JSON.stringify(objects, undefined, 2))
        if (objects.length === 0) return context.out.print(`There is no ${called}.`)
        const rows = objects.map(({ name, version, source, file, title }) => [name, String(version), file ?? source, title ?? ''])
        context.out.table([['NAME', 'VERSION', 'FROM', 'TITLE'], ...rows], { right: [1] })
      },
    }),
    defineCommand({
      name: `${word} show`,
      summary: `Show one ${called}, as it is or as it was.`,
      words: ['<name>'],
      options: {
        version: { type: 'string', value: 'N', description: 'As it was. Left out: as it is.' },
        ...API_OPTIONS,
      },
      async run(input, context) {
        const version = wholeNumber('version', input.values.version)
        const view = await apiOf(input, context).object(path, input.words[0]!, version)
        context.out.print(input.values.json ? JSON.stringify(view, undefined, 2) : stringify(view.object).trimEnd())
      },
    }),
    defineCommand({
      name: `${word} remove`,
      summary: `Remove a ${called} that nothing names; its versions stay readable when it comes back.`,
      words: ['<name>'],
      options: API_OPTIONS,
      async run(input, context) {
        const [name = ''] = input.words
        await apiOf(input, context).removeObject(path, name)
        context.out.print(input.values.json ? JSON.stringify({ removed: name }) : `${called} ${name} is gone`)
      },
    }),
  ]
}

/** As its own `set` command answers. */
export const keptText = (kind: ObjectKind, name: string, version: number): string =>
  `${KINDS[kind].called} ${name} is version ${version}`
