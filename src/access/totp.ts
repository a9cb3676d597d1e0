// One-time codes by the time (RFC 6238 over RFC 4226, with what every authenticator app does: SHA-1, six digits, thirty seconds). Pure.
import { createHmac, timingSafeEqual } from 'node:crypto'

const STEP_MS = 30_000
const DIGITS = 6
/** A clock that is half a minute off, and a person who types slowly. */
const STEPS_EITHER_WAY = 1
/** RFC 4648. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

export function oneTimeCode(secret: Uint8Array, counter: number, digits = DIGITS): string {
  const count = Buffer.alloc(8)
  count.writeBigUInt64BE(BigInt(counter))
  const mac = createHmac('sha1', secret).update(count).digest()
  // RFC 4226 §5.3: four bytes, from where the last half byte says.
  const number = mac.readUInt32BE(mac.at(-1)! & 0xf) & 0x7fff_ffff
  return String(number % 10 ** digits).padStart(digits, '0')
}

/** The step of the time that the code is of; undefined: it is wrong, or of a step up to `usedStep`, and those are used up. */
export function stepOfCode(
  secret: Uint8Array,
  code: string,
  { nowMs, usedStep }: { nowMs: number; usedStep: number },
): number | undefined {
  const given = Buffer.from(code.replaceAll(/\s/g, ''))
  const now = Math.floor(nowMs / STEP_MS)
  for (let step = Math.max(0, now - STEPS_EITHER_WAY, usedStep + 1); step <= now + STEPS_EITHER_WAY; step++) {
    const right = Buffer.from(oneTimeCode(secret, step))
    if (given.length === right.length && timingSafeEqual(given, right)) return step
  }
  return undefined
}

export function toBase32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{1,5}/g) ?? []).map((group) => BASE32[Number.parseInt(group.padEnd(5, '0'), 2)]).join('')
}

export function fromBase32(text: string): Uint8Array {
  const bits = [...text].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2))
}

/** What an authenticator app reads, as a link or drawn as squares. */
export function otpauthUrl(secret: string, name: string): string {
  return `otpauth://totp/Platen:${encodeURIComponent(name)}?secret=${secret}&issuer=Platen`
}
