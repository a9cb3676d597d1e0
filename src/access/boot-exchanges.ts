// The token of a boot travels in the boot script, where others can read it. So the agent changes it, once and first of all, for one that only it
// has: it brings a secret of its own, and whoever comes with the boot token later, or with another secret, is not the one that came first.
//
//   given --exchange(secret)--> exchanged     the boot token opens nothing any more; the same secret gets a token again, any other is refused
//   given --anything else-----> used plainly  an agent of an older boot OS; nobody exchanges it any more
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Finding } from '../contract/doctor.ts'
import { type Clock, instantOf, type RecordStore } from '../store/index.ts'
import type { BootToken, BootTokens } from './boot-tokens.ts'

export interface BootExchangeRecord {
  /** The MAC address: of each machine the latest boot that was exchanged. */
  readonly id: string
  readonly boot: string
  /** SHA-256 of the agent's secret. */
  readonly digest: string
  /** What its tokens carry. */
  readonly serial: string
}

const KEPT = 20_000
const TOLD_OF = 100
const TOLD_FOR_MS = 24 * 3600_000

export class BootExchanges {
  readonly #store: RecordStore<BootExchangeRecord>
  readonly #tokens: Pick<BootTokens, 'make'>
  readonly #clock: Clock
  /** By MAC, in memory: after a restart of the appliance the first to come is the first again. */
  readonly #usedPlainly = new Map<string, string>()

  /** By MAC: who came second, and when. */
  readonly #contested = new Map<string, { readonly peer: string; readonly at: number }>()

  constructor(store: RecordStore<BootExchangeRecord>, tokens: Pick<BootTokens, 'make'>, clock: Clock) {
    this.#store = store
    this.#tokens = tokens
    this.#clock = clock
  }

  /** Whether the token may be shown for anything but its exchange. */
  mayShow({ mac, boot, origin }: BootToken): boolean {
    const record = this.#store.get(mac)
    if (origin.kind === 'exchanged') return record?.boot === boot && record.serial === origin.serial
    if (origin.kind !== 'booted') return true
    if (record?.boot === boot) return false
    this.#usedPlainly.delete(mac)
    if (this.#usedPlainly.size >= KEPT) this.#usedPlainly.delete(this.#usedPlainly.keys().next().value!)
    this.#usedPlainly.set(mac, boot)
    return true
  }

  /** Whether the boot was exchanged: by a look that changes nothing. */
  isExchanged({ mac, boot }: Pick<BootToken, 'mac' | 'boot'>): boolean {
    return this.#store.get(mac)?.boot === boot
  }

  /** On disk when it answers. undefined: somebody else came before. May be repeated with the same secret. */
  async exchange({ mac, boot, origin }: BootToken, secret: string): Promise<string | undefined> {
    if (origin.kind !== 'booted') return undefined
    const known = this.#store.get(mac)
    const digest = createHash('sha256').update(secret).digest('hex')
    const serial = known?.boot === boot ? known.serial : randomBytes(6).toString('hex')
    if (known?.boot === boot) {
      if (!timingSafeEqual(Buffer.from(known.digest), Buffer.from(digest))) return undefined
    } else {
      if (this.#usedPlainly.get(mac) === boot || isLater(known?.boot, boot)) return undefined
      await this.#makeRoom(mac)
      await this.#store.put({ id: mac, boot, digest, serial })
    }
    return this.#tokens.make({ mac, boot, origin: { kind: 'exchanged', peerDigest: origin.peerDigest, serial } })
  }

  /** Somebody came second. Gives what people are told. */
  noteContest({ mac }: Pick<BootToken, 'mac'>, peer: string): string {
    this.#contested.delete(mac)
    if (this.#contested.size >= TOLD_OF) this.#contested.delete(this.#contested.keys().next().value!)
    this.#contested.set(mac, { peer, at: this.#clock.now() })
    return `the boot token of ${mac} was shown by two in one boot, the second from ${peer}`
  }

  diagnose(): readonly Finding[] {
    return [...this.#contested]
      .filter(([, { at }]) => this.#clock.now() - at < TOLD_FOR_MS)
      .map(([mac, { peer, at }]) => ({
        severity: 'problem',
        subject: mac,
        seen: `its boot token was shown by two in one boot, the second from ${peer} at ${instantOf(at)}: somebody reads this network, or answers on it`,
        advice: 'Find who listens there. Boot the machine again: its next token is another one. See docs/security.md',
      }))
  }

  async #makeRoom(mac: string): Promise<void> {
    if (this.#store.size < KEPT || this.#store.get(mac) !== undefined) return
    let oldest: BootExchangeRecord | undefined
    for (const one of this.#store.values()) if (oldest === undefined || isLater(oldest.boot, one.boot)) oldest = one
    if (oldest !== undefined) await this.#store.remove(oldest.id)
  }
}

/** Boots are named by when their first token was made. */
function isLater(one: string | undefined, other: string): boolean {
  return one !== undefined && Number.parseInt(one, 36) > Number.parseInt(other, 36)
}
