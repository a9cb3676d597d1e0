// Who is logged in: as a cookie of a browser, whose secret changes while it is used, or as a token of the command line. Kept as digests,
// so they outlive a restart; a login ends by itself, by logout, with its user, and when the user's password or role changes.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { type Change, type Clock, instantOf, type RecordStore } from '../store/index.ts'

const MINUTE_MS = 60_000
/** From the login on, whatever is done. */
const LIFE_MS = { cookie: 12 * 60 * MINUTE_MS, token: 7 * 24 * 60 * MINUTE_MS } as const
/** A browser that nobody sits at. */
const IDLE_MS = 60 * MINUTE_MS
const RENEWED_AFTER_MS = 15 * MINUTE_MS
/** What a page asked at the same moment still carries the secret before. */
const OVERLAP_MS = MINUTE_MS
/** The oldest goes. */
const MOST_OF_ONE_USER = 20

export interface LoginRecord {
  /** SHA-256 of the secret: 256 random bits need nothing slower. */
  readonly id: string
  /** Stays the same when the secret changes. */
  readonly login: string
  readonly user: string
  readonly kind: 'cookie' | 'token'
  readonly secretAt: number
  readonly expiresAt: number
}

export interface GivenLogin {
  readonly secret: string
  readonly until: string
}

export class Logins {
  readonly #store: RecordStore<LoginRecord>
  readonly #clock: Clock
  /** By login, by the clock's elapsed(). */
  readonly #usedAt = new Map<string, number>()

  constructor(store: RecordStore<LoginRecord>, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  async begin(user: string, kind: LoginRecord['kind']): Promise<GivenLogin> {
    const now = this.#clock.now()
    const own = [...this.#store.values()].filter((each) => each.user === user).sort((a, b) => a.secretAt - b.secretAt)
    const over = [...this.#store.values()].filter(({ expiresAt }) => expiresAt <= now)
    const tooMany = own.slice(0, Math.max(0, own.length + 1 - MOST_OF_ONE_USER))
    return await this.#give({ login: randomUUID(), user, kind, expiresAt: now + LIFE_MS[kind] }, [...over, ...tooMany])
  }

  /** Whose login this is, when it is one in force of that kind. */
  userOf(secret: string, kind: LoginRecord['kind']): string | undefined {
    return this.#inForce(secret, kind)?.user
  }

  /** Another secret for the same login, when the one that was shown is old. */
  async renewed(secret: string): Promise<GivenLogin | undefined> {
    const record = this.#inForce(secret, 'cookie')
    const now = this.#clock.now()
    if (record === undefined || now - record.secretAt < RENEWED_AFTER_MS) return undefined
    const { login, user, kind, expiresAt } = record
    // Its own next request finds it young enough, so that one renewal is one.
    await this.#store.put({ ...record, secretAt: now, expiresAt: Math.min(expiresAt, now + OVERLAP_MS) })
    return await this.#give({ login, user, kind, expiresAt }, [])
  }

  /** The login and all secrets of it. */
  async end(secret: string): Promise<void> {
    const login = this.#store.get(digestOf(secret))?.login
    await this.#remove((each) => each.login === login)
  }

  /** except: the secret of a login that goes on. */
  async endAllOf(user: string, except = ''): Promise<void> {
    const spared = this.#store.get(digestOf(except))?.login
    await this.#remove((each) => each.user === user && each.login !== spared)
  }

  async #give(of: Omit<LoginRecord, 'id' | 'secretAt'>, instead: readonly LoginRecord[]): Promise<GivenLogin> {
    const secret = randomBytes(32).toString('base64url')
    const put: LoginRecord = { ...of, id: digestOf(secret), secretAt: this.#clock.now() }
    await this.#store.write([...instead.map(({ id }): Change<LoginRecord> => ({ remove: id })), { put }])
    this.#usedAt.set(of.login, this.#clock.elapsed())
    return { secret, until: instantOf(of.expiresAt) }
  }

  #inForce(secret: string, kind: LoginRecord['kind']): LoginRecord | undefined {
    if (secret === '') return undefined
    const record = this.#store.get(digestOf(secret))
    if (record === undefined || record.kind !== kind) return undefined
    const leftMs = record.expiresAt - this.#clock.now()
    // More than any login gets: the clock of the appliance was ahead when it was made.
    if (leftMs <= 0 || leftMs > LIFE_MS[kind]) return undefined
    const now = this.#clock.elapsed()
    // After a restart the hour begins anew.
    const usedAt = this.#usedAt.get(record.login) ?? now
    if (kind === 'cookie' && now - usedAt > IDLE_MS) return undefined
    this.#usedAt.set(record.login, now)
    return record
  }

  async #remove(which: (record: LoginRecord) => boolean): Promise<void> {
    const gone = [...this.#store.values()].filter(which)
    for (const { login } of gone) this.#usedAt.delete(login)
    if (gone.length > 0) await this.#store.write(gone.map(({ id }) => ({ remove: id })))
  }
}

const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')
