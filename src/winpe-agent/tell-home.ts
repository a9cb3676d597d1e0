// Tells the appliance that booted this machine what it does for another one, and that it does so no longer. Touches the network.
import { Type } from 'typebox'
import type { WorkElsewhere } from '../contract/appliances.ts'
import type { ApplianceLink } from './appliance-link.ts'

/** So long home believes it without hearing of it again: a machine that died is sent to its own disk after that. */
const BELIEVED_SECONDS = 900
const RENEW_MS = 300_000
const TELL_AGAIN_MS = 30_000
/** Shorter than the shortest lease: a job that was just claimed must not be lost to this. */
const TIMEOUT_MS = 5000

export class HomeReport {
  readonly #home: ApplianceLink
  readonly #nowMs: () => number
  /** What home believes; when no answer came it may have heard it all the same, and what it is to forget is remembered. */
  #told: WorkElsewhere | undefined
  #tellAgainAtMs = 0

  constructor(home: ApplianceLink, nowMs: () => number) {
    this.#home = home
    this.#nowMs = nowMs
  }

  /** Home said so itself: it heard it in an earlier boot. */
  believes(work: WorkElsewhere | undefined): void {
    this.#told = work
  }

  /** undefined: nothing any more. Whether home has heard it; work goes on either way. */
  async tell(work: WorkElsewhere | undefined, signal: AbortSignal): Promise<boolean> {
    if (work === undefined && this.#told === undefined) return true
    // One that did not answer a moment ago is told later: the work goes on meanwhile.
    const isHeard = this.#home.restMs === 0 && (await this.#say(work, signal))
    this.#tellAgainAtMs = this.#nowMs() + (isHeard ? RENEW_MS : TELL_AGAIN_MS)
    this.#told = isHeard ? work : (work ?? this.#told)
    return isHeard
  }

  /** Before the machine goes down for good, and after home answered something else. */
  async tellTheEnd(signal: AbortSignal): Promise<void> {
    if (this.#told !== undefined && (await this.#say(undefined, signal))) this.#told = undefined
  }

  /** When it is time again, and beside the work: the lease of the job must not wait until home answers. */
  remind(work: WorkElsewhere, signal: AbortSignal): void {
    if (this.#nowMs() < this.#tellAgainAtMs) return
    this.#tellAgainAtMs = this.#nowMs() + TELL_AGAIN_MS
    this.tell(work, signal).catch(() => undefined)
  }

  async #say(work: WorkElsewhere | undefined, signal: AbortSignal): Promise<boolean> {
    const body = { work: work ?? null, forSeconds: work === undefined ? 0 : BELIEVED_SECONDS }
    try {
      await this.#home.client.post('/elsewhere', body, Type.Null(), AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]))
      return true
    } catch {
      signal.throwIfAborted()
      return false
    }
  }
}
