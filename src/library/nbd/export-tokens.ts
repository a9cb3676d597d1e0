// Export names that nobody can guess: each lets one address read one disk for a short time. In memory: a restart of the appliance takes them back.
// NBD over TCP knows no identity, so the name is the credential, and the address narrows who can use it.
import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../../store/index.ts'
import type { ExportedDisk } from './export-names.ts'

const PREFIX = 't/'
/** Of whoever asks most: the oldest go. */
const KEPT_TOKENS = 1000

export interface TokenGrant {
  readonly disk: ExportedDisk
  /** The peer's IPv4 address. */
  readonly address: string
  readonly seconds: number
  /** Good for one connection. */
  readonly isOnce: boolean
}

interface Kept extends TokenGrant {
  /** By the clock's elapsed(). */
  readonly until: number
}

export class ExportTokens {
  readonly #clock: Clock
  /** By the digest of the name: looking it up tells nothing of how much of a guess is right. */
  readonly #kept = new Map<string, Kept>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The export name. */
  make(grant: TokenGrant): string {
    const name = `${PREFIX}${randomBytes(24).toString('base64url')}`
    if (this.#kept.size >= KEPT_TOKENS) this.#kept.delete(this.#kept.keys().next().value!)
    this.#kept.set(digestOf(name), { ...grant, until: this.#clock.elapsed() + grant.seconds * 1000 })
    return name
  }

  /** undefined: no such name, over, used up, or given to another address. uses: it is used now. */
  find(name: string, address: string, uses: boolean): ExportedDisk | undefined {
    if (!name.startsWith(PREFIX)) return undefined
    const key = digestOf(name)
    const grant = this.#kept.get(key)
    if (grant === undefined || grant.address !== address) return undefined
    const isOver = grant.until < this.#clock.elapsed()
    if (isOver || (uses && grant.isOnce)) this.#kept.delete(key)
    return isOver ? undefined : grant.disk
  }
}

const digestOf = (name: string): string => createHash('sha256').update(name).digest('base64')
