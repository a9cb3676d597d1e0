// The description of the API: a valid OpenAPI 3.1 document in which every operation has what a generated client needs.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileErrors, dereference, validate } from '@readme/openapi-parser'
import { Compile } from 'typebox/compile'
import { beforeAll, describe, expect, it } from 'vitest'
import { ERROR_CODES, type ErrorCode } from '../../src/contract/errors.ts'
import { errorsOf, ROUTES } from '../../src/contract/routes.ts'
import { smallAppliance } from '../fakes/small-appliance.ts'

interface Media {
  readonly schema: object
  readonly example?: unknown
  readonly examples?: Record<string, { readonly value: unknown }>
}
interface Described {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly security?: readonly object[]
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: { readonly content: Record<string, Media> }
  readonly responses: Record<string, { readonly content?: Record<string, Media> }>
}
interface Document {
  readonly openapi: string
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Record<string, Record<string, Described>>
  readonly components: { readonly schemas: Record<string, object> }
}

const PROBLEM = 'application/problem+json'
/** What has no text to show. */
const isBytes = (type: string) => /octet-stream|zstd|vnd\.platen/.test(type)
const described = ROUTES.filter(({ isHidden }) => isHidden !== true)

let document: Document
/** With the schema itself wherever it was referred to. */
let whole: Document
beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'platen-openapi-'))
  const appliance = await smallAppliance(dir)
  try {
    document = (await appliance.app.inject('/docs/json')).json<Document>()
    whole = (await dereference(structuredClone(document) as never)) as unknown as Document
  } finally {
    await appliance.stop()
    rmSync(dir, { recursive: true })
  }
})

function operationOf(operationId: string, { paths }: Document): Described {
  const found = Object.values(paths).flatMap((path) => Object.values(path).filter((each) => each.operationId === operationId))
  expect(found).toHaveLength(1)
  return found[0]!
}

const takes = (schema: object, value: unknown) => Compile(schema as never).Check(value)

describe('the description of the API', () => {
  it('docs/openapi.json is what an appliance serves', async () => {
    await expect(`${JSON.stringify(document, undefined, 1)}\n`).toMatchFileSnapshot('../../docs/openapi.json')
  })

  it('is a valid OpenAPI 3.1 document', async () => {
    expect(document.openapi).toBe('3.1.0')
    const verdict = await validate(structuredClone(document) as never)
    expect(verdict.valid ? '' : compileErrors(verdict)).toBe('')
  })

  it('has every route that is not hidden, and no other', () => {
    const ids = Object.values(document.paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId))
    expect(ids.toSorted()).toEqual(described.map(({ operationId }) => operationId).toSorted())
  })

  it('has a name for what people work with, and no schema inside another that has one', () => {
    const names = Object.keys(document.components.schemas)
    expect(names).toEqual(
      expect.arrayContaining(['NodeView', 'JobView', 'JobRequest', 'ImageVersionView', 'Assignment', 'Problem']),
    )
    expect(JSON.stringify(document)).not.toContain('"$id"')
    expect(document.components.schemas.NodeList).toMatchObject({
      properties: { nodes: { items: { $ref: '#/components/schemas/NodeView' } } },
    })
  })
})

describe.each(described.map((route) => [route.operationId, route] as const))('%s', (operationId, route) => {
  it('has summary, subject and credential', () => {
    const { summary, tags, security = [] } = operationOf(operationId, document)
    expect(summary).toBe(route.summary)
    expect(document.tags.map(({ name }) => name)).toEqual(expect.arrayContaining([...tags]))
    expect(tags).toEqual([route.tag])
    expect(security.length > 0).toBe(
      route.caller.kind === 'own-proof'
        ? /-credential$|^site-signature$/.test(route.caller.proof)
        : route.caller.kind !== 'anybody',
    )
  })

  it('names every part of its path', () => {
    const { parameters = [] } = operationOf(operationId, document)
    const inPath = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)
    expect(inPath.toSorted()).toEqual(
      [...`${route.path.replace('*', ':path')}`.matchAll(/:(\w+)/g)].map(([, name]) => name).toSorted(),
    )
  })

  it('shows a body and an answer that fit', () => {
    const { requestBody, responses } = operationOf(operationId, whole)
    expect(requestBody !== undefined).toBe(route.bodyLimitBytes > 0)
    const good = Object.entries(responses).flatMap(([status, { content }]) =>
      Number(status) < 400 || operationId === 'getHealth' ? [content ?? {}] : [],
    )
    expect(good.length).toBeGreaterThan(0)
    for (const [type, { schema, example }] of [requestBody?.content ?? {}, ...good].flatMap((each) => Object.entries(each))) {
      if (type === PROBLEM || isBytes(type)) continue
      expect(example).toBeDefined()
      expect(takes(schema, example), `${type} ${JSON.stringify(example)}`).toBe(true)
    }
  })

  it('has every code that it can be refused with, under its status, with an example', () => {
    const { responses } = operationOf(operationId, whole)
    const told = Object.entries(responses).flatMap(([status, { content }]) =>
      Object.entries(content?.[PROBLEM]?.examples ?? {}).map(([code, { value }]) => {
        expect(takes(content![PROBLEM]!.schema, value), code).toBe(true)
        expect(value).toMatchObject({ code, status: Number(status) })
        return `${status} ${code}`
      }),
    )
    const expected = errorsOf(route).map((code: ErrorCode) => `${ERROR_CODES[code].status} ${code}`)
    expect(told.toSorted()).toEqual(expected.toSorted())
  })
})

it('a refusal is what the description says', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'platen-openapi-'))
  const appliance = await smallAppliance(dir)
  try {
    const answer = await appliance.app.inject('/api/v1/nodes')
    expect(answer.headers['content-type']).toBe(PROBLEM)
    expect(answer.json()).toEqual({
      type: 'urn:platen:problem:REQUEST_NOT_AUTHORISED',
      title: 'Request not authorised',
      status: 401,
      detail: expect.stringContaining('nobody that is known here'),
      code: 'REQUEST_NOT_AUTHORISED',
      message: expect.stringContaining('nobody that is known here'),
      hint: expect.stringContaining('Authorization'),
    })
    const { schema } = operationOf('listNodes', whole).responses['401']!.content![PROBLEM]!
    expect(takes(schema, answer.json())).toBe(true)
    expect(takes(schema, { ...answer.json<object>(), code: 'NODE_NOT_FOUND' })).toBe(false)
  } finally {
    await appliance.stop()
    rmSync(dir, { recursive: true })
  }
})
