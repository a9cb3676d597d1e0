// A file that a person names on the command line, in YAML or JSON, checked against its schema; what the schema has a default for may be left out. Reads the file.
import { readFileSync } from 'node:fs'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { parse } from 'yaml'
import { usage } from './arguments.ts'

export function readChecked<T extends TSchema>(command: string, file: string, schema: T): Static<T> {
  let content: unknown
  try {
    content = Value.Default(schema, parse(readFileSync(file, 'utf8')))
  } catch (error) {
    throw usage(command, `${file} cannot be read: ${(error as Error).message}`)
  }
  if (Value.Check(schema, content)) return content
  // Of a choice between forms every one that does not fit is reported: the first few say enough.
  const problems = Value.Errors(schema, content).slice(0, 3)
  const lines = problems.map(({ instancePath, message }) => `${instancePath || 'the whole file'} ${message}`)
  throw usage(command, `${file}: ${lines.join('; ')}`)
}
