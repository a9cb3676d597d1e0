// One operation of the API description: body and answers with examples, and every refusal. Pure.
import type { TSchema } from 'typebox'
import { exampleOf, NoSample } from '../../../contract/example.ts'
import { errorsOf, type Route } from '../../../contract/routes.ts'
import { TEXT_SAMPLES } from '../../../contract/samples.ts'
import { problemResponses } from './problems.ts'
import type { Components, Json } from './references.ts'

export interface DescribedRoute {
  readonly row: Route
  readonly body?: TSchema
  /** By status. */
  readonly answers?: Readonly<Record<string, TSchema>>
}

const MEANINGS: Readonly<Record<string, string>> = {
  200: 'Done.',
  201: 'Made.',
  202: 'Begun; how far it is can be asked.',
  204: 'Done; there is nothing to tell.',
  503: 'Not all of it.',
}

/** Over what is there already of parameters, name, tags and security. */
export function describeOperation(route: DescribedRoute, components: Components): Json {
  const body = bodyOf(route, components)
  return {
    ...(body === undefined ? {} : { requestBody: body }),
    responses: { ...answersOf(route, components), ...problemResponses(errorsOf(route.row), components) },
  }
}

function bodyOf({ row, body }: DescribedRoute, components: Components): Json | undefined {
  if (row.takes !== undefined)
    return { required: true, content: { [row.takes]: contentOf(row.takes, TEXT_SAMPLES[`${row.takes} to ${row.tag}`]) } }
  if (body === undefined) return undefined
  // An empty object stands in for a body that is left out.
  const { required = [], anyOf } = body as { readonly required?: readonly string[]; readonly anyOf?: unknown }
  return { required: required.length > 0 || anyOf !== undefined, content: jsonContent(body, components) }
}

function answersOf({ row, answers }: DescribedRoute, components: Components): Json {
  if (answers === undefined) {
    return {
      200: {
        description: MEANINGS[200],
        content: {
          [row.gives ?? BYTES_TYPE]: contentOf(
            row.gives,
            TEXT_SAMPLES[`${row.gives} of ${row.tag}`] ?? TEXT_SAMPLES[row.gives ?? ''],
          ),
        },
      },
    }
  }
  const entries = Object.entries(answers).map(([status, schema]) => [status, answerOf(status, schema, components)])
  return Object.fromEntries(entries)
}

function answerOf(status: string, schema: TSchema, components: Components): Json {
  const description = MEANINGS[status] ?? 'Done.'
  return isNothing(schema) ? { description } : { description, content: jsonContent(schema, components) }
}

function jsonContent(schema: TSchema, components: Components): Json {
  return { 'application/json': { schema: components.refer(schema), ...exampleIn(schema) } }
}

/** Without one the description is still good for something; the test of docs/openapi.json says which sample lacks. */
function exampleIn(schema: TSchema): Json {
  try {
    return { example: exampleOf(schema) }
  } catch (error) {
    if (error instanceof NoSample) return {}
    throw error
  }
}

function contentOf(type = BYTES_TYPE, example: string | undefined): Json {
  if (example === undefined) return { schema: BYTES }
  return {
    schema: type.endsWith('+json') ? {} : { type: 'string' },
    example: type.endsWith('+json') ? JSON.parse(example) : example,
  }
}

const isNothing = (schema: TSchema): boolean => (schema as { readonly type?: unknown }).type === 'null'

const BYTES_TYPE = 'application/octet-stream'
const BYTES = { type: 'string', format: 'binary' } as const
