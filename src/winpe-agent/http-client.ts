// Speaks to the appliance over HTTP. Touches the network; repeats what may be repeated, checks every answer.
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { AGENT_API_PREFIX, RENEWED_TOKEN_HEADER } from '../contract/agent-api.ts'
import { AppError } from '../contract/errors.ts'
import { readProblem } from '../contract/problem.ts'
import type { OrchestratorClient } from './orchestrator-client.ts'
import { rawPost } from './raw-post.ts'

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 15_000
/** Longer than the longest poll (60 s), shorter than a person's patience with a cut cable. */
const ANSWER_TIMEOUT_MS = 90_000
/** Some megabytes have to go up first. */
const TRANSFER_TIMEOUT_MS = 300_000

export interface HttpClientConfig {
  readonly applianceUrl: string
  readonly token: string
  /** Left out: that of the agent API. */
  readonly apiPrefix?: string
  /** How often something is tried while the appliance is away or in trouble. Left out: without end. */
  readonly attempts?: number
}

export interface HttpClientDeps {
  pause(ms: number, signal: AbortSignal): Promise<void>
  log(line: string): void
  /** The appliance answers again after it did not: it may have been restarted, so say hello. */
  onReturn(): void
  /** The token of this boot in a longer life: it is shown from now on. */
  onRenewed?(token: string): void
}

export function createHttpClient(config: HttpClientConfig, deps: HttpClientDeps): OrchestratorClient {
  const { applianceUrl, token, apiPrefix = AGENT_API_PREFIX, attempts = Number.POSITIVE_INFINITY } = config
  let authorization = `Bearer ${token}`
  const takeRenewed = (renewed: string | null | undefined): void => {
    if (renewed === null || renewed === undefined || renewed === '') return
    authorization = `Bearer ${renewed}`
    deps.onRenewed?.(renewed)
  }

  async function post<T extends TSchema>(path: string, body: unknown, answer: T, signal: AbortSignal): Promise<Static<T>> {
    const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    return persist({ path, signal, timeoutMs: ANSWER_TIMEOUT_MS }, async (attempt) => {
      const response = await send(path, request, attempt)
      return checked(path, answer, response.status === 204 ? null : await readJson(path, response))
    })
  }

  /** The time limit covers the way to the first byte; a body may take as long as it takes. */
  async function download(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    return persist({ path, signal, timeoutMs: TRANSFER_TIMEOUT_MS }, async (attempt, headersArrived) => {
      const response = await send(path, {}, attempt)
      headersArrived()
      return response.body ?? new Blob([]).stream()
    })
  }

  async function send(path: string, request: RequestInit, signal: AbortSignal): Promise<Response> {
    const headers = { ...request.headers, authorization }
    const response = await fetch(`${applianceUrl}${apiPrefix}${path}`, { ...request, headers, signal })
    takeRenewed(response.headers.get(RENEWED_TOKEN_HEADER))
    await refuseErrors(path, response)
    return response
  }

  /** Repeats while the appliance is away or in trouble of its own; anything else it says is final. */
  async function persist<R>(
    { path, signal, timeoutMs }: { path: string; signal: AbortSignal; timeoutMs: number },
    attemptOnce: (attempt: AbortSignal, headersArrived: () => void) => Promise<R>,
  ): Promise<R> {
    for (let failures = 0; ; failures++) {
      signal.throwIfAborted()
      const timeout = new AbortController()
      const timer = setTimeout(() => timeout.abort(new Error(`no answer for ${timeoutMs / 1000} s`)), timeoutMs)
      const stopTimer = () => clearTimeout(timer)
      try {
        const result = await attemptOnce(AbortSignal.any([signal, timeout.signal]), stopTimer)
        if (failures > 0) cameBack(path, failures)
        return result
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof AppError) throw error
        if (failures + 1 >= attempts) throw unreachable(applianceUrl, path, error)
        if (failures === 0)
          deps.log(`appliance ${applianceUrl} does not answer ${path} (${reasonOf(error)}); trying again until it does`)
      } finally {
        stopTimer()
      }
      await deps.pause(pauseMs(failures), signal)
    }
  }

  function cameBack(path: string, failures: number): void {
    deps.log(`appliance answers ${path} again after ${failures} failed attempt${failures === 1 ? '' : 's'}`)
    deps.onReturn()
  }

  return {
    applianceUrl,
    get authorization() {
      return authorization
    },
    post,
    download,
    exchange(path, contentType, parts, signal) {
      return persist({ path, signal, timeoutMs: TRANSFER_TIMEOUT_MS }, async (attempt, headersArrived) => {
        const headers = { authorization, 'content-type': contentType }
        const response = await rawPost(`${applianceUrl}${apiPrefix}${path}`, headers, parts, attempt)
        headersArrived()
        takeRenewed(response.headers[RENEWED_TOKEN_HEADER]?.toString())
        const status = response.statusCode ?? 500
        if (status >= 400) await refuseErrors(path, new Response(Buffer.concat(await response.toArray()), { status }))
        return response
      })
    },
  }
}

/** Doubles up to the longest; spread by a quarter so that a rack of agents does not return in one instant. */
function pauseMs(failures: number): number {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS)
  return Math.round(pause * (0.75 + Math.random() / 4))
}

class Unavailable extends Error {}

/** 4xx and "store full" are verdicts and thrown as the AppError that they name; other 5xx pass away by waiting. */
async function refuseErrors(path: string, response: Response): Promise<void> {
  if (response.ok) return
  const text = await response.text()
  const named = readProblem(parseJson(text))
  if (isPassing(response.status) && named?.code !== 'IMAGE_STORE_FULL') {
    throw new Unavailable(`HTTP ${response.status}${named === undefined ? '' : `: ${named.message}`}`)
  }
  if (named !== undefined) throw named
  if (response.status === 401) {
    throw new AppError(
      'AGENT_TOKEN_REFUSED',
      `the appliance refused this boot's token at ${path}`,
      'Restart the machine: each boot gets a new token.',
    )
  }
  throw unexpected(path, `HTTP ${response.status} ${text.slice(0, 200)}`)
}

const isPassing = (status: number): boolean => status >= 500 || [408, 425, 429].includes(status)

async function readJson(path: string, response: Response): Promise<unknown> {
  const body = parseJson(await response.text())
  if (body === undefined) throw unexpected(path, 'a body that is not JSON')
  return body
}

function checked<T extends TSchema>(path: string, schema: T, body: unknown): Static<T> {
  if (Value.Check(schema, body)) return body
  const [first] = Value.Errors(schema, body)
  throw unexpected(path, `${first?.instancePath || 'the answer'} ${first?.message ?? 'does not fit'}`)
}

function unreachable(applianceUrl: string, path: string, cause: unknown): AppError {
  return new AppError(
    'AGENT_APPLIANCE_UNREACHABLE',
    `appliance ${applianceUrl} does not answer ${path} (${reasonOf(cause)})`,
    'Other appliances are asked meanwhile, and this one again after a while.',
    { cause },
  )
}

function unexpected(path: string, what: string): AppError {
  return new AppError(
    'AGENT_ANSWER_UNEXPECTED',
    `the appliance answered ${path} with ${what}`,
    'Agent and appliance are of different versions: run `platen boot build` on the appliance, then restart this machine.',
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
