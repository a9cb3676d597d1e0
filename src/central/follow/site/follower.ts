// A site's life with its central: joins, holds the line, goes round after round, tells how it stands and what happened. Central away costs nothing
// but waiting; all that is here works on.
import { MoveOrder, Relayed } from '../../../contract/central/follow.ts'
import type { CentralView } from '../../../contract/central/follow-api.ts'
import type { Finding } from '../../../contract/doctor.ts'
import { AppError } from '../../../contract/errors.ts'
import { instantOf } from '../../../store/index.ts'
import { CentralLink } from './central-link.ts'
import { type CentralRecord, policyOf } from './central-memory.ts'
import { holdLine, type LineEvent } from './event-line.ts'
import { siteFindings } from './findings.ts'
import { joinCentral } from './join.ts'
import type { Journal } from './journal.ts'
import { failed, type Orders } from './orders.ts'
import { type RoundDeps, type RoundEnd, round } from './round.ts'
import { keepSiteKey, newSiteKey, readSiteKey } from './site-key.ts'
import { type TellingDeps, tell } from './telling.ts'
import { Waits } from './waits.ts'

export interface FollowerDeps extends RoundDeps, TellingDeps {
  readonly dataDir: string
  readonly journal: Journal
  readonly orders: Orders
}

/** A site asks by itself after this long, whether it was woken or not. */
const ROUND_MS = 10 * 60_000
/** A window that opens is found so late at most. */
const LOOK_AT_WINDOW_MS = 60_000
const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 60_000
/** What changed is told after this long, together. */
const TELL_MS = 2000

export class Follower {
  readonly #deps: FollowerDeps
  readonly #waits: Waits
  #link: CentralLink | undefined
  #running: Promise<unknown> = Promise.resolve()
  #stop = new AbortController()
  #isConnected = false
  #contactAtMs: number | undefined
  #lastFailure: string | undefined
  #end: RoundEnd = { kind: 'done' }
  #receivedBytes = 0
  #isStale = false
  #failedRounds = 0

  constructor(deps: FollowerDeps) {
    this.#deps = deps
    this.#waits = new Waits(deps.clock)
  }

  async start(): Promise<void> {
    const record = this.#record()
    if (record !== undefined) await this.#begin(record)
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    this.#waits.wakeAll()
    this.#link?.close()
    await this.#running
    this.#link = undefined
    this.#isConnected = false
  }

  /** Throws SITE_CODE_INVALID, SITE_CODE_REFUSED, SITE_CENTRAL_NOT_PROVEN, SITE_CENTRAL_UNREACHABLE; then it follows whom it followed before. */
  async join(url: string, code: string): Promise<CentralView> {
    const { central, clock, dataDir, log } = this.#deps
    const key = newSiteKey()
    const record = await joinCentral(url.replace(/\/+$/, ''), code, key, clock)
    await this.stop()
    await keepSiteKey(dataDir, key)
    await central.put(record)
    log.info({ url: record.url, site: record.site }, 'follows a central')
    this.#deps.journal.add('site.joined', record.url)
    await this.#begin(record)
    return this.view()
  }

  /** All that is here stays. Throws SITE_NOT_FOLLOWING. */
  async leave(): Promise<void> {
    this.view()
    await this.stop()
    await this.#deps.central.remove('central')
  }

  get isFollowing(): boolean {
    return this.#record() !== undefined
  }

  centralKey(): string | undefined {
    return this.#record()?.publicKey
  }

  isOffered(digest: string): boolean {
    return this.#record()?.offer?.items.some((item) => item.digest === digest) === true
  }

  /** Something happened or changed that central is told. */
  tellSoon(): void {
    this.#waits.wake('tell')
  }

  /** Throws SITE_NOT_FOLLOWING. */
  view(): CentralView {
    const record = this.#record()
    if (record === undefined)
      throw new AppError('SITE_NOT_FOLLOWING', 'this appliance follows no central', 'Join one: platen join URL --code CODE')
    const { url, site, joinedAt, offer } = record
    const standing = this.#deps.puller.standing(offer?.items ?? [])
    return {
      url,
      site,
      joinedAt,
      isConnected: this.#isConnected,
      ...(this.#contactAtMs === undefined ? {} : { lastContactAt: instantOf(this.#contactAtMs) }),
      ...(this.#lastFailure === undefined ? {} : { lastFailure: this.#lastFailure }),
      revision: offer?.revision ?? 0,
      ...withFailures(standing),
      receivedBytes: this.#receivedBytes,
      // How the last round ended; one that brings something does not wait.
      ...(this.#end.kind === 'waits' && standing.current === undefined ? { waitsFor: this.#end.for } : {}),
      ...this.#refusal(),
      unreported: this.#deps.journal.length,
    }
  }

  diagnose(): readonly Finding[] {
    return this.isFollowing ? siteFindings(this.view()) : []
  }

  #record(): CentralRecord | undefined {
    return this.#deps.central.get('central')
  }

  #refusal(): Pick<CentralView, 'refusal'> {
    if (this.#end.kind !== 'refused') return {}
    const { code, message } = this.#end.error
    return { refusal: { code, message: message.slice(0, 2000) } }
  }

  async #begin(record: CentralRecord): Promise<void> {
    const { dataDir, clock, bucket } = this.#deps
    const key = await readSiteKey(dataDir)
    if (key === undefined) {
      this.#lastFailure = 'the key of this site cannot be read: join again'
      return
    }
    this.#stop = new AbortController()
    this.#end = { kind: 'done' }
    const link = new CentralLink({
      central: record,
      key,
      clock,
      onBytes: (count) => {
        this.#receivedBytes += count
        this.#contactAtMs = clock.now()
      },
      pace: (count) => bucket.take(count),
    })
    this.#link = link
    bucket.limit(policyOf(record).maxBytesPerSecond)
    const { signal } = this.#stop
    this.#running = Promise.all([
      this.#again('round', signal, () => this.#goRound(link, signal)),
      this.#again('line', signal, () => this.#holdLine(link, signal)),
      this.#again('tell', signal, () => this.#tell(link, signal)),
    ])
  }

  /** Until it is stopped: after a failure later and later, else when it is woken, or after as long as the work says. */
  async #again(what: 'round' | 'line' | 'tell', signal: AbortSignal, work: () => Promise<number>): Promise<void> {
    let retryMs = FIRST_RETRY_MS
    while (!signal.aborted) {
      try {
        const pauseMs = await work()
        retryMs = FIRST_RETRY_MS
        if (signal.aborted) return
        await this.#waits.wait(what, pauseMs)
      } catch (error) {
        if (signal.aborted) return
        this.#noteFailure(error)
        // What happens meanwhile does not make it ask a central that is away more often.
        await this.#waits.pause(what, retryMs)
        retryMs = Math.min(LAST_RETRY_MS, retryMs * 2)
      }
    }
  }

  async #goRound(link: CentralLink, signal: AbortSignal): Promise<number> {
    this.#isStale = false
    this.#end = await round(link, this.#deps, {
      signal,
      isStale: () => this.#isStale,
      onChange: () => this.tellSoon(),
      onHeld: (what) => this.#deps.journal.add('site.received', what),
    })
    this.#lastFailure = undefined
    if (this.#end.kind === 'refused') this.#deps.log.warn({ code: this.#end.error.code }, this.#end.error.message)
    this.tellSoon()
    if (this.#isStale) return 0
    if (this.#end.kind === 'waits') return LOOK_AT_WINDOW_MS
    // What was damaged on the way comes right the next time; what is refused for a reason of its own is tried less and less often.
    this.#failedRounds = this.view().failures.length === 0 ? 0 : this.#failedRounds + 1
    return this.#failedRounds === 0 ? ROUND_MS : Math.min(ROUND_MS, FIRST_RETRY_MS * 2 ** this.#failedRounds)
  }

  async #holdLine(link: CentralLink, signal: AbortSignal): Promise<number> {
    const onOpen = (): void => {
      this.#isConnected = true
      this.#contactAtMs = this.#deps.clock.now()
      // What changed while there was no line.
      this.#wakeRound()
      this.tellSoon()
    }
    try {
      await holdLine(link, signal, onOpen, (event) => void this.#take(event, link, signal))
    } finally {
      this.#isConnected = false
    }
    // It ended in order: central restarts.
    return FIRST_RETRY_MS
  }

  async #tell(link: CentralLink, signal: AbortSignal): Promise<number> {
    const view = this.view()
    await tell(link, this.#deps, { ...view, offer: this.#record()?.offer?.id }, signal)
    await this.#waits.pause('tell', TELL_MS)
    return ROUND_MS
  }

  async #take({ event, data }: LineEvent, link: CentralLink, signal: AbortSignal): Promise<void> {
    try {
      if (event === 'request') await this.#carryOut(link.read('request', Relayed, data), link, signal)
      else if (event === 'move') await this.#move(link.read('move', MoveOrder, data), link, signal)
      // `offer`, and whatever a later version says: to look costs nothing.
      else this.#wakeRound()
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'what central asked could not be carried out')
    }
  }

  async #carryOut(order: Relayed, link: CentralLink, signal: AbortSignal): Promise<void> {
    const { orders } = this.#deps
    if (order.site !== this.#record()?.site || !orders.isNew(order.id)) return
    const json = await orders.answer(order)
    await link.json({ path: `/answers/${order.id}`, json, signal })
  }

  async #move(order: MoveOrder, link: CentralLink, signal: AbortSignal): Promise<void> {
    const { orders, central, clock, dataDir, log } = this.#deps
    if (order.site !== this.#record()?.site || !orders.isNew(order.id)) return
    const key = newSiteKey()
    let record: CentralRecord
    try {
      record = await joinCentral(order.url, order.code, key, clock)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return void (await link.json({ path: `/answers/${order.id}`, json: failed(error), signal }))
    }
    await keepSiteKey(dataDir, key)
    await central.put(record)
    log.info({ url: record.url, site: record.site }, 'was moved to another central')
    this.#deps.journal.add('site.moved', record.url)
    await link.json({ path: `/answers/${order.id}`, json: { status: 204, body: '' }, signal }).catch(() => undefined)
    // Not from within what stop waits for.
    setImmediate(() => void this.stop().then(() => this.#begin(record)))
  }

  #wakeRound(): void {
    this.#isStale = true
    this.#waits.wake('round')
  }

  #noteFailure(error: unknown): void {
    const isKnown = error instanceof AppError
    this.#lastFailure = isKnown ? `${error.code}: ${error.message}` : String(error)
    if (!isKnown) this.#deps.log.error({ err: error }, 'following central failed unexpectedly')
  }
}

const withFailures = <T extends { readonly failures: readonly CentralView['failures'][number][] }>(standing: T) => ({
  ...standing,
  failures: [...standing.failures],
})
