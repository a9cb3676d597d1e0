// The operator API over HTTP. Reads the token's file, opens connections; knows no rules.
import { readFileSync } from 'node:fs'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { AppError, ERROR_CODES, type ErrorCode } from '../contract/errors.ts'
import { ImageList, VersionCheck } from '../contract/image.ts'
import { JobView } from '../contract/job.ts'
import { ErrorBody, JobList, JobLog, NodeList, NodeView, OPERATOR_API_PREFIX, ProfileList } from '../contract/operator-api.ts'
import { ProfileView } from '../contract/profile.ts'
import type { OperatorApi } from './api.ts'

const DEFAULT_URL = 'http://127.0.0.1:8080'
const DEFAULT_TOKEN_FILE = '/var/lib/platen/secrets/operator-token'

export interface ClientDeps {
  readonly url: string | undefined
  readonly tokenFile: string | undefined
  readonly signal: AbortSignal
  readonly fetch?: typeof globalThis.fetch
}

export function createApiClient(deps: ClientDeps): OperatorApi {
  const ask = asker(deps)
  const part = encodeURIComponent
  return {
    nodes: async () => (await ask('GET', '/nodes', NodeList)).nodes,
    node: (idOrName) => ask('GET', `/nodes/${part(idOrName)}`, NodeView),
    approveNode: (idOrName, name) =>
      ask('POST', `/nodes/${part(idOrName)}/approve`, NodeView, name === undefined ? {} : { name }),
    renameNode: (idOrName, name) => ask('PATCH', `/nodes/${part(idOrName)}`, NodeView, { name }),
    jobs: async () => (await ask('GET', '/jobs', JobList)).jobs,
    job: (id) => ask('GET', `/jobs/${part(id)}`, JobView),
    addJob: (job) => ask('POST', '/jobs', JobView, job),
    cancelJob: (id, reason) => ask('POST', `/jobs/${part(id)}/cancel`, JobView, { reason }),
    jobLog: (id, fromLine) => ask('GET', `/jobs/${part(id)}/log?fromLine=${fromLine}`, JobLog),
    images: async () => (await ask('GET', '/images', ImageList)).images,
    verifyImage: (name, version) => ask('POST', `/images/${part(name)}/versions/${version}/verify`, VersionCheck),
    profiles: async () => (await ask('GET', '/profiles', ProfileList)).profiles,
    checkProfile: (name) => ask('POST', `/profiles/${part(name)}/check`, ProfileView),
  }
}

function asker({ url = DEFAULT_URL, tokenFile = DEFAULT_TOKEN_FILE, signal, fetch = globalThis.fetch }: ClientDeps) {
  let token: string | undefined
  return async <T extends TSchema>(method: string, path: string, answer: T, body?: unknown): Promise<Static<T>> => {
    token ??= readToken(tokenFile)
    const headers: Record<string, string> = { authorization: `Bearer ${token}` }
    if (body !== undefined) headers['content-type'] = 'application/json'
    const target = `${url.replace(/\/+$/, '')}${OPERATOR_API_PREFIX}${path}`
    const response = await fetch(target, {
      method,
      headers,
      signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw signal.aborted ? error : unreachable(url, error)
    })
    const content: unknown = await response.json().catch(() => undefined)
    if (!response.ok) throw refusal(target, response.status, content)
    if (Value.Check(answer, content)) return content
    throw new AppError(
      'CLI_APPLIANCE_UNREACHABLE',
      `${target} answered something that this version does not understand`,
      'Is it a Platen appliance, and of the same version as this program? See `platen --version` and /healthz.',
    )
  }
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new AppError(
      'CLI_TOKEN_UNREADABLE',
      `no operator token: ${(error as Error).message}`,
      'The appliance writes it to <data folder>/secrets/operator-token; run as its user, or copy it and say --token-file FILE.',
      { cause: error },
    )
  }
}

function unreachable(url: string, error: unknown): AppError {
  const cause = error instanceof Error ? ((error.cause as Error | undefined) ?? error) : undefined
  return new AppError(
    'CLI_APPLIANCE_UNREACHABLE',
    `no answer from ${url}: ${cause?.message || (cause as NodeJS.ErrnoException | undefined)?.code || String(error)}`,
    'Start it with `platen serve`, or say where it is with --url URL or PLATEN_URL.',
    { cause: error },
  )
}

function refusal(target: string, status: number, content: unknown): AppError {
  if (Value.Check(ErrorBody, content) && isCode(content.code)) return new AppError(content.code, content.message, content.hint)
  return new AppError('CLI_APPLIANCE_UNREACHABLE', `${target} answered ${status}`, 'Is it a Platen appliance? See --url.')
}

const isCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CODES, code)
