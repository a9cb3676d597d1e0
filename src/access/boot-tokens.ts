// Tokens that name one boot of one machine: mac.boot.expiry.origin.signature. Nothing is kept, so they outlive a restart of the appliance.
// origin says how the machine came, and with it what else must be true whenever the token is shown:
//
//   b<peer>     it booted here; peer: digest of the address that was given the token
//   e<peer><serial>  as b, and its agent has exchanged the token of the boot script for this one
//   i<peer>     it introduced itself at a directory
//   c<serial>   by the agent credential with this serial: the token falls with it, and is bound to no address
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { type Clock, deadlineOf } from '../store/index.ts'

/** Whoever works or waits gets a new one in time (renewed); one that nobody uses is worth nothing tomorrow. */
const LIFETIME_MS = 6 * 3600_000
/** With so much of its life left, a token is good enough. */
const RENEWED_BELOW_MS = 5 * 3600_000
const KEPT_TOKENS = 20_000

/** How a machine came by its token, the strongest first. */
export type TokenOrigin =
  | { readonly kind: 'booted'; readonly peerDigest: string }
  | { readonly kind: 'exchanged'; readonly peerDigest: string; readonly serial: string }
  | { readonly kind: 'credential'; readonly serial: string }
  | { readonly kind: 'introduced'; readonly peerDigest: string }

export interface BootToken {
  readonly mac: string
  /** Differs from boot to boot: when the first token of the boot was made, in base 36. */
  readonly boot: string
  readonly origin: TokenOrigin
}

export type TokenVerdict =
  | { readonly kind: 'good'; readonly token: BootToken }
  | { readonly kind: 'refused'; readonly reason: 'malformed' | 'forged' | 'expired' }

export interface TokenOf {
  readonly mac: string
  readonly origin: TokenOrigin
  /** Left out: this moment names it. */
  readonly boot?: string | undefined
}

export function makeBootToken({ mac, origin, boot }: TokenOf, secret: Uint8Array, nowMs: number): string {
  const words = [mac.replaceAll(':', ''), boot ?? nowMs.toString(36), (nowMs + LIFETIME_MS).toString(36), wordOf(origin)]
  const body = words.join('.')
  return `${body}.${sign(body, secret)}`
}

export function readBootToken(text: string, secret: Uint8Array, nowMs: number): TokenVerdict {
  const match = /^(([0-9a-f]{12})\.([0-9a-z]{1,16})\.([0-9a-z]{1,16})\.([bci]|e[0-9a-f]{12})([0-9a-f]{12}))\.([\w-]{43})$/.exec(
    text,
  )
  if (match === null) return { kind: 'refused', reason: 'malformed' }
  const [, body = '', mac = '', boot = '', expiry = '', kind = '', rest = '', signature = ''] = match
  // Compared in constant time, or the answer's delay would tell how much of a guess is right.
  if (!timingSafeEqual(Buffer.from(signature), Buffer.from(sign(body, secret)))) return { kind: 'refused', reason: 'forged' }
  const expiresAt = Number.parseInt(expiry, 36)
  // A life longer than any token gets: the clock of the appliance was ahead when it was made.
  if (expiresAt < nowMs || expiresAt > nowMs + 2 * LIFETIME_MS) return { kind: 'refused', reason: 'expired' }
  return { kind: 'good', token: { mac: mac.replaceAll(/(..)(?!$)/g, '$1:'), boot, origin: originOf(kind, rest) } }
}

/** What a token keeps of the address that it was given to. */
export function peerDigestOf(peer: string): string {
  return createHash('sha256').update(peer).digest('hex').slice(0, 12)
}

/** Makes and reads tokens, and remembers those that it found good: an agent shows the same one with each heartbeat. */
export class BootTokens {
  readonly #secret: Uint8Array
  readonly #clock: Clock
  /** Until when, by the clock's elapsed(): whoever sets the machine's clock takes no token away from an agent at work. */
  readonly #good = new Map<string, BootToken & { readonly goodUntil: number }>()
  #lastBoot = 0

  constructor(secret: Uint8Array, clock: Clock) {
    this.#secret = secret
    this.#clock = clock
  }

  make(of: TokenOf): string {
    return makeBootToken({ ...of, boot: of.boot ?? this.nextBoot() }, this.#secret, this.#clock.now())
  }

  /** Names a new boot: no two have one name, and a later one has a greater number. */
  nextBoot(): string {
    this.#lastBoot = Math.max(this.#clock.now(), this.#lastBoot + 1)
    return this.#lastBoot.toString(36)
  }

  read(text: string): TokenVerdict {
    const known = this.#good.get(text)
    if (known !== undefined && known.goodUntil >= this.#clock.elapsed()) return { kind: 'good', token: known }
    const nowMs = this.#clock.now()
    const verdict = readBootToken(text, this.#secret, nowMs)
    if (verdict.kind === 'refused') return verdict
    // The oldest goes: that only costs one more look at its signature.
    if (this.#good.size >= KEPT_TOKENS) this.#good.delete(this.#good.keys().next().value!)
    const goodUntil = deadlineOf(this.#clock, expiryOf(text), { atMostMs: LIFETIME_MS })
    this.#good.set(text, { ...verdict.token, goodUntil })
    return verdict
  }

  /** The same boot with a whole life before it, when the one that was shown has lived for a while. The text must have been good. */
  renewed(text: string, token: BootToken): string | undefined {
    const known = this.#good.get(text)
    const leftMs = known === undefined ? 0 : known.goodUntil - this.#clock.elapsed()
    if (leftMs >= RENEWED_BELOW_MS) return undefined
    return this.make({ mac: token.mac, boot: token.boot, origin: token.origin })
  }
}

const expiryOf = (text: string): number => Number.parseInt(text.split('.')[2] ?? '', 36)

function wordOf(origin: TokenOrigin): string {
  switch (origin.kind) {
    case 'booted':
      return `b${origin.peerDigest}`
    case 'exchanged':
      return `e${origin.peerDigest}${origin.serial}`
    case 'credential':
      return `c${origin.serial}`
    case 'introduced':
      return `i${origin.peerDigest}`
  }
}

function originOf(kind: string, rest: string): TokenOrigin {
  if (kind === 'c') return { kind: 'credential', serial: rest }
  if (kind.startsWith('e')) return { kind: 'exchanged', peerDigest: kind.slice(1), serial: rest }
  return { kind: kind === 'b' ? 'booted' : 'introduced', peerDigest: rest }
}

function sign(body: string, secret: Uint8Array): string {
  return createHmac('sha256', secret).update(body).digest('base64url')
}
