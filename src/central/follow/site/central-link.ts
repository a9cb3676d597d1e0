// The way from a site to its central: signed requests over HTTP or HTTPS, and what comes back. Opens connections.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { SITE_API_PREFIX, Signed } from '../../../contract/central/follow.ts'
import { AppError } from '../../../contract/errors.ts'
import { readProblem } from '../../../contract/problem.ts'
import type { Clock } from '../../../store/index.ts'
import { authorizationOf, digestOfBody, newNonce } from '../request-signature.ts'
import { keyIdOf, readSigned, type SignedKind } from '../signed.ts'
import type { CentralRecord } from './central-memory.ts'
import type { SiteKey } from './site-key.ts'

export interface Asked {
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly json?: unknown
  readonly bytes?: { readonly type: string; readonly body: Uint8Array }
  /** The first byte of a file that is wanted. */
  readonly from?: number
  readonly signal?: AbortSignal | undefined
}

interface LinkDeps {
  readonly central: Pick<CentralRecord, 'url' | 'site' | 'publicKey' | 'authority'>
  readonly key: SiteKey
  readonly clock: Clock
  /** Told of every piece that comes. */
  readonly onBytes?: (count: number) => void
  /** Waited for before the next piece of content is taken: so a limit reaches the other side. */
  readonly pace?: (count: number) => Promise<void>
}

/** Silent for so long, a connection is gone. Not for the line of events. */
const SILENCE_MS = 60_000
const KEEP_ALIVE_MS = 30_000
const MOST_JSON_BYTES = 64 * 1024 * 1024

export class CentralLink {
  readonly #deps: LinkDeps
  readonly #agent: HttpAgent
  /** What central's clock is ahead of ours, when it said so. */
  #aheadMs = 0

  constructor(deps: LinkDeps) {
    this.#deps = deps
    this.#agent = agentFor(deps.central.url, deps.central.authority)
  }

  close(): void {
    this.#agent.destroy()
  }

  /** The answer, once its head is there. Throws what central refuses with, or SITE_CENTRAL_UNREACHABLE. */
  async send(asked: Asked): Promise<IncomingMessage> {
    try {
      return await this.#sendOnce(asked)
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'SITE_CLOCK_DIFFERS') throw error
      return this.#sendOnce(asked)
    }
  }

  /** undefined: there is nothing to say (204). */
  async json(asked: Asked): Promise<unknown> {
    const answer = await this.send(asked)
    const bytes = await readAll(answer, MOST_JSON_BYTES, this.#deps.onBytes)
    return answer.statusCode === 204 || bytes.length === 0 ? undefined : JSON.parse(bytes.toString('utf8'))
  }

  /** undefined: there is nothing new. Throws SITE_CENTRAL_NOT_PROVEN. */
  async signed<S extends TSchema>(kind: SignedKind, schema: S, asked: Asked): Promise<Static<S> | undefined> {
    const answer = await this.json(asked)
    if (answer === undefined) return undefined
    return this.read(kind, schema, answer)
  }

  read<S extends TSchema>(kind: SignedKind, schema: S, value: unknown): Static<S> {
    if (!Value.Check(Signed, value)) throw notUnderstood(this.#deps.central.url)
    return readSigned(kind, schema, value, this.#deps.central.publicKey)
  }

  /** Content, as it comes, no faster than it may. Throws SITE_CENTRAL_UNREACHABLE when it is cut off. */
  async *pieces(answer: IncomingMessage): AsyncGenerator<Buffer> {
    try {
      for await (const piece of answer as AsyncIterable<Buffer>) {
        this.#deps.onBytes?.(piece.length)
        yield piece
        await this.#deps.pace?.(piece.length)
      }
    } catch (error) {
      throw error instanceof AppError ? error : unreachable(this.#deps.central.url, error as Error)
    }
  }

  async #sendOnce(asked: Asked): Promise<IncomingMessage> {
    const { central, key, clock } = this.#deps
    const {
      method = asked.json === undefined && asked.bytes === undefined ? 'GET' : 'POST',
      path,
      json,
      bytes,
      from,
      signal,
    } = asked
    const body = bytes?.body ?? Buffer.from(json === undefined ? '' : JSON.stringify(json))
    const target = `${SITE_API_PREFIX}${path}`
    const authorization = authorizationOf(central.site, key.privateKey, {
      method,
      target,
      bodyDigest: digestOfBody(body),
      at: clock.now() + this.#aheadMs,
      nonce: newNonce(),
      centralKeyId: keyIdOf(central.publicKey),
    })
    const type = bytes?.type ?? (json === undefined ? undefined : 'application/json')
    const headers = {
      authorization,
      ...(type === undefined ? {} : { 'content-type': type, 'content-length': body.length }),
      ...(from === undefined ? {} : { range: `bytes=${from}-` }),
    }
    const answer = await ask(central.url, { method, target, headers, body, signal, agent: this.#agent })
    if ((answer.statusCode ?? 500) < 400) return answer
    const failure = await failureIn(answer, central.url)
    const theirs = Date.parse(answer.headers.date ?? '')
    if (failure.code === 'SITE_CLOCK_DIFFERS' && !Number.isNaN(theirs)) this.#aheadMs = theirs - clock.now()
    throw failure
  }
}

interface Question {
  readonly method: 'GET' | 'POST'
  readonly target: string
  readonly headers: Readonly<Record<string, string | number>>
  readonly body: Uint8Array
  readonly signal?: AbortSignal | undefined
  readonly agent: HttpAgent
}

export function ask(url: string, { method, target, headers, body, signal, agent }: Question): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const request = url.startsWith('https:') ? httpsRequest : httpRequest
  const sent = request(`${url}${target}`, { method, headers, agent, ...(signal === undefined ? {} : { signal }) })
  // A path that went without a word: the kernel finds out, also while there is nothing to say.
  sent.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS))
  sent.setTimeout(SILENCE_MS, () => sent.destroy(new Error(`nothing came for ${SILENCE_MS / 1000} seconds`)))
  sent.once('response', (answer) => {
    // The line of events is silent for as long as nothing happens.
    if (String(answer.headers['content-type']).startsWith('text/event-stream')) sent.setTimeout(0)
    resolve(answer)
  })
  sent.on('error', (error) => reject(unreachable(url, error)))
  sent.end(body)
  return promise
}

/** authority left out: what the system trusts. none: nobody is believed, whoever asks checks what comes by itself. */
export function agentFor(url: string, authority: string | undefined | 'none'): HttpAgent {
  if (!url.startsWith('https:')) return new HttpAgent({ keepAlive: true })
  if (authority === 'none') return new HttpsAgent({ keepAlive: true, rejectUnauthorized: false })
  return new HttpsAgent({ keepAlive: true, ...(authority === undefined ? {} : { ca: authority }) })
}

export async function readAll(answer: IncomingMessage, most: number, onBytes?: (count: number) => void): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  try {
    for await (const piece of answer) {
      onBytes?.((piece as Buffer).length)
      length += (piece as Buffer).length
      if (length > most) throw new Error(`the answer has more than ${most} bytes`)
      pieces.push(piece as Buffer)
    }
  } catch (error) {
    throw unreachable('central', error as Error)
  }
  return Buffer.concat(pieces)
}

export async function failureIn(answer: IncomingMessage, url: string): Promise<AppError> {
  const text = (await readAll(answer, 1024 * 1024)).toString('utf8')
  try {
    return readProblem(JSON.parse(text)) ?? notUnderstood(url)
  } catch {
    return notUnderstood(url)
  }
}

export function unreachable(url: string, cause: Error): AppError {
  const { message, code } = cause as NodeJS.ErrnoException
  return new AppError(
    'SITE_CENTRAL_UNREACHABLE',
    `no answer from ${url}: ${message || code}`,
    'Is it up, and is the line? The site works on, and asks again by itself.',
    { cause },
  )
}

function notUnderstood(url: string): AppError {
  return new AppError(
    'SITE_CENTRAL_UNREACHABLE',
    `${url} answered with something that this version does not understand`,
    'Is it a Platen appliance, and of this version? See its /healthz.',
  )
}
