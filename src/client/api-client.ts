// Calls of the operator API, typed by docs/openapi.json: schema.d.ts is made from it (`npm run client`).
import createClient, { type Client } from 'openapi-fetch'
import type { components, paths } from './schema.d.ts'

export type ApiClient = Client<paths>

/** A named schema of the description: Schema<'NodeView'>. */
export type Schema<N extends keyof components['schemas']> = components['schemas'][N]

/** What every refusal says (RFC 9457). */
export interface Problem {
  readonly code: string
  readonly message: string
  readonly hint: string
  readonly status: number
}

/** A call that was refused, or that got no answer: then its code is APPLIANCE_UNREACHABLE. */
export class ProblemError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.message)
    this.name = 'ProblemError'
    this.problem = problem
  }
}

export interface ApiClientOptions {
  /** Where the appliance is, without a slash at the end. */
  readonly baseUrl: string
  /** Read for each request; undefined: the browser's cookie says who asks. */
  readonly token?: () => string | undefined
  /** Told of each refusal with status 401. */
  readonly onUnauthorised?: () => void
}

export function createApiClient({ baseUrl, token = () => undefined, onUnauthorised }: ApiClientOptions): ApiClient {
  const client = createClient<paths>({ baseUrl, credentials: 'same-origin' })
  client.use({
    onRequest({ request }) {
      const secret = token()
      if (secret !== undefined) request.headers.set('authorization', `Bearer ${secret}`)
      return request
    },
    onResponse({ response }) {
      if (response.status === 401) onUnauthorised?.()
    },
    onError({ error }) {
      return new ProblemError(unreachable(error))
    },
  })
  return client
}

interface Answer<T> {
  readonly data?: T
  readonly error?: unknown
  readonly response: Response
}

/** The data of an answer. Throws ProblemError when the appliance refused. */
export async function unwrap<T>(asked: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await asked
  if (response.ok) return data as T
  throw new ProblemError(problemOf(error, response.status))
}

function problemOf(error: unknown, status: number): Problem {
  const said = typeof error === 'object' && error !== null ? (error as Partial<Problem>) : {}
  return {
    code: said.code ?? 'REQUEST_FAILED',
    message: said.message ?? `the appliance answered ${status}`,
    hint: said.hint ?? 'Look into the log of the appliance.',
    status,
  }
}

function unreachable(error: unknown): Problem {
  const why = error instanceof Error ? error.message : String(error)
  return {
    code: 'APPLIANCE_UNREACHABLE',
    message: `the appliance does not answer: ${why}`,
    hint: 'Look whether `platen serve` runs, and whether this machine reaches it.',
    status: 0,
  }
}
