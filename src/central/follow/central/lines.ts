// The lines that sites hold open: events go down them, answers come back by requests of the site. One line a site; a newer one takes its place.
import { randomUUID } from 'node:crypto'
import type { Writable } from 'node:stream'
import type { MoveOrder, RelayAnswer, Relayed } from '../../../contract/central/follow.ts'
import { AppError } from '../../../contract/errors.ts'
import { type Clock, instantOf } from '../../../store/index.ts'
import { type Signer, signAs } from '../signed.ts'

interface LinesDeps {
  readonly signer: Signer
  readonly clock: Clock
}

interface Waiting {
  readonly site: string
  readonly resolve: (answer: RelayAnswer) => void
  readonly reject: (error: AppError) => void
  readonly callOff: () => void
}

/** A site's own API answers within this time, or not at all. */
const ANSWER_MS = 60_000
/** A line that takes nothing for so long is dropped; the site calls again. */
const MOST_BEHIND_BYTES = 8 * 1024 * 1024

export class Lines {
  readonly #deps: LinesDeps
  readonly #lines = new Map<string, Writable>()
  readonly #waiting = new Map<string, Waiting>()

  constructor(deps: LinesDeps) {
    this.#deps = deps
  }

  open(site: string, line: Writable): void {
    this.#lines.get(site)?.end()
    this.#lines.set(site, line)
    line.once('close', () => {
      if (this.#lines.get(site) === line) this.#lines.delete(site)
      this.#giveUp(site)
    })
  }

  isConnected(site: string): boolean {
    return this.#lines.has(site)
  }

  /** Tells it that its offer is another one. It asks by itself now and then, so a site that is away loses nothing. */
  wake(site: string): void {
    this.#write(site, 'offer', {})
  }

  close(site: string): void {
    this.#lines.get(site)?.end()
  }

  closeAll(): void {
    for (const line of this.#lines.values()) line.end()
    for (const { site } of this.#waiting.values()) this.#giveUp(site)
  }

  /** Throws SITE_AWAY when the site does not answer. */
  move(site: string, to: { readonly url: string; readonly code: string }): Promise<RelayAnswer> {
    const order: MoveOrder = { ...to, id: randomUUID(), site }
    return this.#ask(site, 'move', order)
  }

  /** Throws SITE_AWAY when the site does not answer. */
  relay(site: string, request: Omit<Relayed, 'id' | 'site' | 'until'>): Promise<RelayAnswer> {
    const until = instantOf(this.#deps.clock.now() + ANSWER_MS)
    const relayed: Relayed = { ...request, id: randomUUID(), site, until }
    return this.#ask(site, 'request', relayed)
  }

  /** false: nobody waits for it any more, or it was asked of another site. */
  answered(site: string, id: string, answer: RelayAnswer): boolean {
    const waiting = this.#waiting.get(id)
    if (waiting?.site !== site) return false
    this.#end(id)
    waiting.resolve(answer)
    return true
  }

  #ask(site: string, kind: 'request' | 'move', value: MoveOrder | Relayed): Promise<RelayAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<RelayAnswer>()
    const callOff = this.#deps.clock.after(ANSWER_MS, () => {
      this.#end(value.id)
      reject(away(site, `it did not answer within ${ANSWER_MS / 1000} seconds`))
    })
    this.#waiting.set(value.id, { site, resolve, reject, callOff })
    if (!this.#write(site, kind, signAs(kind, value, this.#deps.signer))) {
      this.#end(value.id)
      reject(away(site, 'it is not connected'))
    }
    return promise
  }

  #end(id: string): void {
    this.#waiting.get(id)?.callOff()
    this.#waiting.delete(id)
  }

  /** What it was asked may have been carried out: nobody knows. */
  #giveUp(site: string): void {
    for (const [id, waiting] of this.#waiting) {
      if (waiting.site !== site) continue
      this.#end(id)
      waiting.reject(away(site, 'its line broke; what was asked may have been done or not'))
    }
  }

  #write(site: string, event: string, data: unknown): boolean {
    const line = this.#lines.get(site)
    if (line === undefined) return false
    line.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    if (line.writableLength > MOST_BEHIND_BYTES) line.destroy()
    return true
  }
}

function away(site: string, reason: string): AppError {
  return new AppError(
    'SITE_AWAY',
    `site ${site} cannot be asked: ${reason}`,
    `See when it was heard of last: platen site show ${site}. It works on without central, and calls again by itself.`,
  )
}
