// One appliance as the agent knows it: its token, what it said at hello, and how long it is left alone after it did not answer.
// Touches the network. Asking for a job never lasts; working for one is as patient as ever.
import { Type } from 'typebox'
import { Assignment, type Claim, type Hello, HelloAnswer, LeaveAnswer } from '../contract/agent-api.ts'
import { SessionAnswer, type SessionRequest } from '../contract/appliances.ts'
import { AppError, type ErrorCode } from '../contract/errors.ts'
import { createHttpClient, type HttpClientDeps } from './http-client.ts'
import type { OrchestratorClient } from './orchestrator-client.ts'

export interface LinkTarget {
  readonly url: string
  /** Another address of the same appliance, by which others may name it. */
  readonly alsoUrl?: string | undefined
  readonly name: string
  readonly isDirectory: boolean
  /** The token of this boot, from the appliance that booted the machine. Left out: a session is opened. */
  readonly token?: string | undefined
  readonly credential?: string | undefined
}

export interface LinkDeps extends HttpClientDeps {
  nowMs(): number
  /** Names this boot of the machine, as its boot token does. undefined: nothing does. */
  readonly boot: string | undefined
}

const ASK_ATTEMPTS = 2
const ASK_TIMEOUT_MS = 10_000
/** Shorter than a token that nobody renews. */
const SESSION_MS = 2 * 3600_000
const HELLO_MS = 300_000
const HELLO_UNAPPROVED_MS = 30_000
const FIRST_REST_MS = 5000
const LONGEST_REST_MS = 120_000
/** The appliance that booted this machine is missed sooner. */
const LONGEST_HOME_REST_MS = 15_000
const REFUSED_REST_MS = 300_000

export const REFUSED: readonly ErrorCode[] = ['AGENT_TOKEN_REFUSED', 'AGENT_CREDENTIAL_REFUSED', 'REQUEST_NOT_AUTHORISED']
const ClaimAnswer = Type.Union([Assignment, Type.Null()])

export class ApplianceLink {
  readonly target: LinkTarget
  /** The last answer to a hello. */
  identity: HelloAnswer | undefined
  readonly #deps: LinkDeps
  /** The token of the boot in a longer life. */
  #renewed: string | undefined
  #session: { readonly token: string; readonly madeAtMs: number } | undefined
  #client: { readonly token: string; readonly client: OrchestratorClient } | undefined
  #helloAtMs = Number.NEGATIVE_INFINITY
  #restUntilMs = Number.NEGATIVE_INFINITY
  #failures = 0

  constructor(target: LinkTarget, deps: LinkDeps) {
    this.target = target
    this.#deps = deps
  }

  get url(): string {
    return this.target.url
  }

  /** Whether an address that others name is that of this appliance. */
  isAt(url: string | undefined): boolean {
    return url !== undefined && (url === this.target.url || url === this.target.alsoUrl)
  }

  /** Milliseconds until it is asked again; 0: now. */
  get restMs(): number {
    return Math.max(0, this.#restUntilMs - this.#deps.nowMs())
  }

  /** For a job of this appliance: repeats without end what may be repeated. */
  get client(): OrchestratorClient {
    const token = this.#renewed ?? this.target.token ?? this.#session?.token ?? ''
    if (this.#client?.token !== token) {
      const onRenewed = (renewed: string) => this.#takeRenewed(renewed)
      this.#client = { token, client: createHttpClient({ applianceUrl: this.url, token }, { ...this.#deps, onRenewed }) }
    }
    return this.#client.client
  }

  /** Says hello when that is due. undefined: it did not answer, or refused; it is left alone for a while then. */
  async greet(hello: Hello, signal: AbortSignal, isDue = this.#isHelloDue()): Promise<HelloAnswer | undefined> {
    if (!isDue && this.identity !== undefined) return this.identity
    return this.#attempt(signal, ASK_TIMEOUT_MS, async (attempt) => {
      const token = await this.#token(hello, attempt)
      return this.#welcomed(await this.#impatient(token).post('/hello', hello, HelloAnswer, attempt))
    })
  }

  #welcomed(answer: HelloAnswer): HelloAnswer {
    this.#helloAtMs = this.#deps.nowMs()
    // The loop tells what the machine's own appliance says.
    if (this.target.token === undefined && answer.nodeState !== this.identity?.nodeState)
      this.#deps.log(`${this.target.name} at ${this.url} knows this machine as ${answer.nodeName} (${answer.nodeState})`)
    this.identity = answer
    return answer
  }

  /** As long as it takes: there is nobody else to ask. */
  async greetPatiently(hello: Hello, signal: AbortSignal): Promise<HelloAnswer> {
    if (this.target.token === undefined) {
      for (;;) {
        const answer = await this.greet(hello, signal, true)
        if (answer !== undefined) return answer
        await this.#deps.pause(this.restMs, signal)
      }
    }
    return this.#welcomed(await this.client.post('/hello', hello, HelloAnswer, signal))
  }

  /** As greetPatiently. */
  async claimPatiently(waitSeconds: number, signal: AbortSignal): Promise<Assignment | null> {
    const body: Claim = { waitSeconds }
    return this.client.post('/claim', body, ClaimAnswer, signal)
  }

  /** undefined: no answer, or a refusal, and it is left alone for a while. */
  async claim(waitSeconds: number, hello: Hello, signal: AbortSignal): Promise<Assignment | null | undefined> {
    if ((await this.greet(hello, signal)) === undefined) return undefined
    return this.#attempt(signal, ASK_TIMEOUT_MS + waitSeconds * 1000, async (attempt) => {
      const body: Claim = { waitSeconds }
      return this.#impatient(await this.#token(hello, attempt)).post('/claim', body, ClaimAnswer, attempt)
    })
  }

  /** Only said: this machine does not wait for what another appliance has to do with it. */
  async takeLeave(signal: AbortSignal): Promise<void> {
    const token = this.#session?.token
    if (token === undefined) return
    const attempt = AbortSignal.any([signal, AbortSignal.timeout(ASK_TIMEOUT_MS)])
    await this.#impatient(token)
      .post('/leave', {}, LeaveAnswer, attempt)
      .catch(() => undefined)
  }

  async #attempt<R>(signal: AbortSignal, timeoutMs: number, work: (attempt: AbortSignal) => Promise<R>): Promise<R | undefined> {
    try {
      const result = await work(AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(timeoutMs))]))
      if (this.#failures > 0) this.#deps.log(`appliance ${this.url} answers again`)
      this.#failures = 0
      return result
    } catch (error) {
      signal.throwIfAborted()
      const isRefused = error instanceof AppError && REFUSED.includes(error.code)
      // Nothing else opens this appliance than the token that the machine was booted with: only another boot helps.
      if (isRefused && this.target.token !== undefined) throw error
      this.#rest(isRefused ? REFUSED_REST_MS : undefined, error)
      return undefined
    }
  }

  #rest(ms: number | undefined, error: unknown): void {
    const longestMs = this.target.token === undefined ? LONGEST_REST_MS : LONGEST_HOME_REST_MS
    const restMs = ms ?? Math.min(longestMs, FIRST_REST_MS * 2 ** this.#failures)
    if (this.#failures === 0) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#deps.log(`appliance ${this.url} cannot be asked: ${reason}; others are asked meanwhile`)
    }
    this.#failures++
    this.#session = undefined
    // It may have been restarted: it hears who this is before it is asked again.
    this.#helloAtMs = Number.NEGATIVE_INFINITY
    this.#restUntilMs = this.#deps.nowMs() + restMs
  }

  #isHelloDue(): boolean {
    const everyMs = this.identity?.nodeState === 'approved' ? HELLO_MS : HELLO_UNAPPROVED_MS
    return this.#deps.nowMs() - this.#helloAtMs >= everyMs
  }

  async #token({ inventory }: Hello, signal: AbortSignal): Promise<string> {
    const { token, credential = '' } = this.target
    if (token !== undefined) return this.#renewed ?? token
    const now = this.#deps.nowMs()
    if (this.#session !== undefined && now - this.#session.madeAtMs < SESSION_MS) return this.#session.token
    const mac = inventory.bootMac ?? inventory.nics[0]?.mac ?? ''
    const { boot } = this.#deps
    const request: SessionRequest = { mac, ...(boot === undefined ? {} : { boot }) }
    const answer = await this.#impatient(credential).post('/sessions', request, SessionAnswer, signal)
    this.#session = { token: answer.token, madeAtMs: now }
    return answer.token
  }

  #takeRenewed(token: string): void {
    if (this.target.token !== undefined) this.#renewed = token
    else if (this.#session !== undefined) this.#session = { token, madeAtMs: this.#deps.nowMs() }
  }

  #impatient(token: string): OrchestratorClient {
    return createHttpClient(
      { applianceUrl: this.url, token, attempts: ASK_ATTEMPTS },
      { ...this.#deps, log: () => {}, onReturn: () => {}, onRenewed: (renewed) => this.#takeRenewed(renewed) },
    )
  }
}
