// Tokens of machines and programs that ask under the operator API: each with a role and an end. Only digests are kept: a secret is told
// once, when it is made.
import { createHash, randomBytes } from 'node:crypto'
import { AppError } from '../contract/errors.ts'
import type { AddedToken, NewToken, Role, Scope, TokenView } from '../contract/people.ts'
import { type Clock, instantOf, type RecordStore } from '../store/index.ts'
import { scopeOf } from './caller.ts'

export interface TokenRecord {
  /** Its name. */
  readonly id: string
  /** SHA-256. The secret is 256 random bits: nothing slower is needed to keep it from being guessed. */
  readonly digest: string
  readonly role: Role
  readonly scope?: Scope
  readonly addedAt: string
  readonly addedBy: string
  readonly expiresAt: string
  readonly lastUsedAt?: string
}

const DAY_MS = 24 * 3600_000
/** What is kept of the last use may be so old: a program asks many times a second. */
const USE_NOTED_EVERY_MS = 3600_000

export class Tokens {
  readonly #store: RecordStore<TokenRecord>
  readonly #clock: Clock

  constructor(store: RecordStore<TokenRecord>, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  list(): readonly TokenView[] {
    return [...this.#store.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).map(viewOf)
  }

  /** On disk when it answers. */
  async add({ name, role, scope, days }: NewToken, addedBy: string): Promise<AddedToken> {
    if (this.#store.get(name) !== undefined) {
      const hint = `Remove the old one first (\`platen token remove ${name}\`), or take another name.`
      throw new AppError('TOKEN_NAME_TAKEN', `there is a token ${name} already`, hint)
    }
    const secret = randomBytes(32).toString('base64url')
    const now = this.#clock.now()
    const dates = { addedAt: instantOf(now), expiresAt: instantOf(now + days * DAY_MS) }
    const record: TokenRecord = { id: name, digest: digestOf(secret), role, ...scopeOf(scope), addedBy, ...dates }
    await this.#store.put(record)
    return { ...viewOf(record), secret }
  }

  async remove(name: string): Promise<void> {
    if (this.#store.get(name) === undefined)
      throw new AppError('TOKEN_NOT_FOUND', `there is no token ${name}`, 'List them with `platen token list`.')
    await this.#store.remove(name)
  }

  /** The token that has this secret and is in force. */
  find(secret: string): Pick<TokenView, 'name' | 'role' | 'scope'> | undefined {
    const digest = digestOf(secret)
    const record = [...this.#store.values()].find((each) => each.digest === digest)
    const now = this.#clock.now()
    if (record === undefined || Date.parse(record.expiresAt) <= now) return undefined
    if (record.lastUsedAt === undefined || now - Date.parse(record.lastUsedAt) > USE_NOTED_EVERY_MS) {
      // Nobody waits for it; lost, it costs the date of one use.
      this.#store.put({ ...record, lastUsedAt: instantOf(now) }).catch(() => undefined)
    }
    return { name: record.id, role: record.role, ...scopeOf(record.scope) }
  }
}

function viewOf({ id, digest: _digest, ...rest }: TokenRecord): TokenView {
  return { name: id, ...rest }
}

const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')
