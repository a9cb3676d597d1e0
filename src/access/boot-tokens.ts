// Tokens that name one boot of one machine: mac.boot.expiry.signature, or mac.boot.expiry.credential.signature when the machine came by an
// agent credential. Nothing is kept, so they outlive a restart of the appliance.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../store/index.ts'

/** A machine that waits longer than this in the boot OS is refused and boots again. */
const LIFETIME_MS = 7 * 86_400_000
const KEPT_TOKENS = 20_000

interface BootToken {
  readonly mac: string
  /** Differs from boot to boot: when the token was made, in base 36. */
  readonly boot: string
  /** Serial of the agent credential that it was made for: the token falls with it. */
  readonly credential?: string
}

export type TokenVerdict =
  | { readonly kind: 'good'; readonly token: BootToken }
  | { readonly kind: 'refused'; readonly reason: 'malformed' | 'forged' | 'expired' }

export interface TokenOf {
  /** Left out: this moment names it. */
  readonly boot?: string | undefined
  readonly credential?: string | undefined
}

export function makeBootToken(mac: string, secret: Uint8Array, nowMs: number, { boot, credential }: TokenOf = {}): string {
  const words = [mac.replaceAll(':', ''), boot ?? nowMs.toString(36), (nowMs + LIFETIME_MS).toString(36)]
  const body = (credential === undefined ? words : [...words, credential]).join('.')
  return `${body}.${sign(body, secret)}`
}

export function readBootToken(text: string, secret: Uint8Array, nowMs: number): TokenVerdict {
  const match = /^(([0-9a-f]{12})\.([0-9a-z]+)\.([0-9a-z]+)(?:\.([0-9a-f]+))?)\.([\w-]{43})$/.exec(text)
  if (match === null) return { kind: 'refused', reason: 'malformed' }
  const [, body = '', mac = '', boot = '', expiry = '', credential, signature = ''] = match
  // Compared in constant time, or the answer's delay would tell how much of a guess is right.
  if (!timingSafeEqual(Buffer.from(signature), Buffer.from(sign(body, secret)))) return { kind: 'refused', reason: 'forged' }
  if (Number.parseInt(expiry, 36) < nowMs) return { kind: 'refused', reason: 'expired' }
  const token = { mac: mac.replaceAll(/(..)(?!$)/g, '$1:'), boot }
  return { kind: 'good', token: credential === undefined ? token : { ...token, credential } }
}

/** Makes and reads tokens, and remembers those that it found good: an agent shows the same one with each heartbeat. */
export class BootTokens {
  readonly #secret: Uint8Array
  readonly #clock: Clock
  readonly #good = new Map<string, BootToken & { readonly expiresAt: number }>()

  constructor(secret: Uint8Array, clock: Clock) {
    this.#secret = secret
    this.#clock = clock
  }

  make(mac: string, of: TokenOf = {}): string {
    return makeBootToken(mac, this.#secret, this.#clock.now(), of)
  }

  read(text: string): TokenVerdict {
    const nowMs = this.#clock.now()
    const known = this.#good.get(text)
    if (known !== undefined && known.expiresAt >= nowMs) return { kind: 'good', token: known }
    const verdict = readBootToken(text, this.#secret, nowMs)
    if (verdict.kind === 'refused') return verdict
    // The oldest goes: that only costs one more look at its signature.
    if (this.#good.size >= KEPT_TOKENS) this.#good.delete(this.#good.keys().next().value!)
    this.#good.set(text, { ...verdict.token, expiresAt: Number.parseInt(text.split('.')[2]!, 36) })
    return verdict
  }
}

function sign(body: string, secret: Uint8Array): string {
  return createHmac('sha256', secret).update(body).digest('base64url')
}
