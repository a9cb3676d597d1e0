// Looks now and then whether the listed appliances answer. Touches the network.
import type { Clock, Log } from '../../store/index.ts'
import type { ApplianceRecord, AppliancesListed } from './appliance-list.ts'

interface ApplianceHealthDeps {
  readonly list: AppliancesListed
  readonly clock: Clock
  readonly log: Log
}

const LOOK_MS = 30_000
const ANSWER_TIMEOUT_MS = 5000

export class ApplianceHealth {
  readonly #deps: ApplianceHealthDeps
  #callOff: (() => void) | undefined
  readonly #stopping = new AbortController()

  constructor(deps: ApplianceHealthDeps) {
    this.#deps = deps
  }

  start(): void {
    void this.look()
    this.#callOff = this.#deps.clock.after(LOOK_MS, () => this.start())
  }

  stop(): void {
    this.#callOff?.()
    this.#stopping.abort()
  }

  /** All of them, at the same time. */
  async look(): Promise<void> {
    await Promise.all(this.#deps.list.records().map((record) => this.lookAt(record)))
  }

  async lookAt({ id: name, url }: Pick<ApplianceRecord, 'id' | 'url'>): Promise<void> {
    const { list, log } = this.#deps
    const wasDown = list.isDown(name)
    const reason = await this.#ask(url)
    if (this.#stopping.signal.aborted) return
    if (reason === undefined) list.noteUp(name)
    else list.noteDown(name, reason)
    if (wasDown && reason === undefined) log.info({ appliance: name, url }, 'a listed appliance answers again')
    if (!wasDown && reason !== undefined) log.warn({ appliance: name, url, reason }, 'a listed appliance does not answer')
  }

  /** undefined: it is up. */
  async #ask(url: string): Promise<string | undefined> {
    try {
      const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)])
      const { ok, status } = await fetch(`${url}/healthz`, { signal })
      return ok ? undefined : `HTTP ${status}`
    } catch (error) {
      const { message, cause } = error as Error
      return cause instanceof Error ? cause.message : message
    }
  }
}
