// A request that comes twice with the same Idempotency-Key is carried out once: the second one is given the answer of the first, also after
// a restart. As the IETF draft "The Idempotency-Key HTTP Header Field" has it. Which routes take a key: `takesKey` of the table of routes.
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { canonicalJson } from '../../contract/canonical-json.ts'
import { AppError } from '../../contract/errors.ts'
import { takesKey } from '../../contract/routes.ts'
import type { Clock, RecordStore } from '../../store/index.ts'
import { rowOfRequest } from './route-table.ts'

export interface KeptRequest {
  /** Digest of who asked and of the key. */
  readonly id: string
  /** Digest of what was asked. */
  readonly asked: string
  readonly atMs: number
  /** Left out: it is under way, or the appliance was stopped meanwhile. */
  readonly answer?: { readonly status: number; readonly body: string }
}

export interface RepeatedRequestsDeps {
  readonly store: RecordStore<KeptRequest>
  readonly clock: Clock
}

declare module 'fastify' {
  interface FastifyRequest {
    /** It was answered with what was kept: nothing was done this time. */
    isRepeated: boolean
    /** Under which its answer is kept. Empty: it is not. */
    keptAs: string
  }
}

const KEPT_MS = 24 * 60 * 60 * 1000
const MOST_KEPT = 10_000
/** Longer answers are not kept; no route that makes something gives one. */
const MOST_CHARS = 256 * 1024

/** After everything that may refuse the request. */
export function installRepeatedRequests(app: FastifyInstance, { store, clock }: RepeatedRequestsDeps): void {
  const underWay = new Set<string>()
  app.decorateRequest('isRepeated', false)
  app.decorateRequest('keptAs', '')

  app.addHook('preHandler', async (request, reply) => {
    const key = keyOf(request)
    if (key === undefined) return
    const asked = digestOf([request.method, request.url, request.body ?? null])
    const id = digestOf([request.caller.name, key])
    const kept = store.get(id)
    if (underWay.has(id)) throw isUnderWay(key)
    if (kept !== undefined && clock.now() - kept.atMs < KEPT_MS) {
      if (kept.asked !== asked) throw isReused(key)
      if (kept.answer === undefined) throw isUnknown(key)
      request.isRepeated = true
      const { status, body } = kept.answer
      return reply.code(status).type('application/json; charset=utf-8').header('idempotency-replayed', 'true').send(body)
    }
    underWay.add(id)
    request.keptAs = id
    await dropOld(store, clock.now())
    await store.put({ id, asked, atMs: clock.now() })
    return undefined
  })

  app.addHook('onSend', async (request, reply, payload) => {
    const id = request.keptAs
    if (id === '') return
    request.keptAs = ''
    try {
      const begun = store.get(id)
      const isKept = reply.statusCode < 300 && typeof payload === 'string' && payload.length <= MOST_CHARS && begun !== undefined
      // What was refused changed nothing: it may be asked again with the same key.
      if (isKept) await store.put({ ...begun, answer: { status: reply.statusCode, body: payload } })
      else await store.remove(id)
    } finally {
      underWay.delete(id)
    }
  })
}

function keyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key']
  const row = rowOfRequest(request)
  if (key === undefined || row === undefined) return undefined
  if (typeof key !== 'string' || !/^[!-~]{1,200}$/.test(key))
    throw invalid('must be 1 to 200 printable characters without blanks')
  if (!takesKey(row)) throw invalid(`is not taken by ${row.method} ${row.path}`)
  return key
}

/** The oldest come first. */
async function dropOld(store: RecordStore<KeptRequest>, nowMs: number): Promise<void> {
  const spare = store.size - MOST_KEPT + 1
  const old: string[] = []
  for (const { id, atMs } of store.values()) {
    if (old.length >= spare && nowMs - atMs < KEPT_MS) break
    old.push(id)
  }
  if (old.length > 0) await store.write(old.map((id) => ({ remove: id })))
}

const digestOf = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex')

function invalid(problem: string): AppError {
  return new AppError('REQUEST_INVALID', `headers: Idempotency-Key ${problem}`, 'Send a UUID, on requests that make something.')
}

function isReused(key: string): AppError {
  const hint = 'Take a new key for each new request.'
  return new AppError('REQUEST_KEY_REUSED', `Idempotency-Key ${key} belongs to another request of the last 24 hours`, hint)
}

function isUnderWay(key: string): AppError {
  const hint = 'Wait a second and send it again: the answer is that of the first one.'
  return new AppError('REQUEST_UNDER_WAY', `the request with Idempotency-Key ${key} is being carried out`, hint)
}

function isUnknown(key: string): AppError {
  const hint = 'Look into the list whether it was done; when it was not, send it with a new key.'
  const message = `the appliance was stopped while it carried out the request with Idempotency-Key ${key}`
  return new AppError('REQUEST_OUTCOME_UNKNOWN', message, hint)
}
