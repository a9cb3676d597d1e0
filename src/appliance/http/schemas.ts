// How all routes check what comes in: the contract's schemas, with defaults filled in and numbers read from the URL.
import type { FastifyInstance, FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Convert, Default } from 'typebox/value'
import { routeOf } from '../../contract/routes.ts'
import { firstProblem, type SchemaProblem, schemaProblems } from '../../contract/schema-problems.ts'

/** What is wrong with which field. */
export class SchemaError extends Error {
  readonly problems: readonly SchemaProblem[]

  constructor(problems: readonly SchemaProblem[]) {
    super(problems.map(({ path, reason }) => `${path.join('.')}: ${reason}`.replace(/^: /, '')).join('; '))
    this.problems = problems
  }
}

/** Everything in a URL is text; a body says what it is by itself. */
const TEXT_ONLY: readonly (string | undefined)[] = ['querystring', 'params', 'headers']

const compile: FastifySchemaCompiler<TSchema> = ({ schema, httpPart, method, url }) => {
  // A person is told everything that is wrong; a machine, which may be a stranger, only the first.
  const isForPeople = routeOf(method, url)?.caller.kind === 'operator'
  const check = Compile(schema)
  const isText = TEXT_ONLY.includes(httpPart)
  const hasDefaults = JSON.stringify(schema).includes('"default":')
  return (input: unknown) => {
    // A request without a body is one with an empty body: then the missing keys are named.
    const read = isText ? Convert(schema, input ?? {}) : (input ?? {})
    const value = hasDefaults ? Default(schema, read) : read
    if (check.Check(value)) return { value }
    return { error: new SchemaError(isForPeople ? schemaProblems(schema, value) : [firstProblem(schema, value)]) }
  }
}

export function installSchemas(app: FastifyInstance): void {
  app.setValidatorCompiler(compile)
  // Answers are built from our own types; the response schemas are there for the API description.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
}
