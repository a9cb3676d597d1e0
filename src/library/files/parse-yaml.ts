// The text of a file that people write -> a value of a schema, or every mistake in it with its line. Pure.
import type { Static, TSchema } from 'typebox'
import { type Document, isNode, LineCounter, parseDocument } from 'yaml'
import { schemaProblems } from '../../contract/schema-problems.ts'

export interface LineProblem {
  readonly line?: number
  readonly reason: string
}

/** What a schema cannot say, by its place. */
export type Mistake = readonly [path: readonly (string | number)[], reason: string]

export type ParsedYaml<T> =
  | { readonly kind: 'good'; readonly value: T; lineOf(path: readonly (string | number)[]): number | undefined }
  | { readonly kind: 'bad'; readonly problems: readonly LineProblem[] }

/** findMistakes is asked when the schema has no complaint. */
export function parseYaml<S extends TSchema>(
  text: string,
  schema: S,
  findMistakes: (value: Static<S>) => readonly Mistake[],
): ParsedYaml<Static<S>> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ message, pos }) => ({ line: lines.linePos(pos[0]).line, reason: message }))
    return { kind: 'bad', problems }
  }
  const value: unknown = document.toJS()
  const lineOf = (path: readonly (string | number)[]) => lineAt(document, lines, path)
  const told = (path: readonly (string | number)[], reason: string): LineProblem => {
    const line = lineOf(path)
    return { ...(line === undefined ? {} : { line }), reason: `${dotted(path)}${reason}` }
  }
  const inSchema = schemaProblems(schema, value)
  if (inSchema.length > 0) return { kind: 'bad', problems: inSchema.map(({ path, reason }) => told(path, reason)) }
  const mistakes = findMistakes(value as Static<S>)
  if (mistakes.length > 0) return { kind: 'bad', problems: mistakes.map(([path, reason]) => told(path, reason)) }
  return { kind: 'good', value: value as Static<S>, lineOf }
}

/** Whether a path that somebody wrote stays inside the folder that it is about. */
export function staysInside(file: string): boolean {
  return !file.startsWith('/') && !file.split('/').includes('..')
}

/** The line of the key at the end of the path; of the nearest thing around it when that is not there. */
function lineAt(document: Document, lines: LineCounter, path: readonly (string | number)[]): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return undefined
}

function dotted(path: readonly (string | number)[]): string {
  return path.length === 0 ? '' : `${path.join('.')}: `
}
