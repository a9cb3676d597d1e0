// The code that a site joins with: a secret that is good once, and the fingerprint of central's key, so that somebody between the two is
// found out before anything is believed. As people type it: eight groups of four. Pure.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { AppError } from '../../contract/errors.ts'

/** 64 bits, good for an hour and once: nobody guesses it over a network. */
const SECRET_BYTES = 8
/** 96 bits: nobody makes a second key with the same beginning of its digest. */
const FINGERPRINT_BYTES = 12
/** Crockford's base 32: no letter that is taken for another one. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const BITS = 5

export interface JoinCodeParts {
  /** What the proof is made with; the secret itself is kept nowhere. */
  readonly proofKey: Buffer
  readonly fingerprint: Buffer
}

export function newJoinCode(centralPublicKey: string): { readonly code: string; readonly proofKey: Buffer } {
  const secret = randomBytes(SECRET_BYTES)
  return { code: spell(Buffer.concat([secret, fingerprintOf(centralPublicKey)])), proofKey: proofKeyOf(secret) }
}

/** Throws SITE_CODE_INVALID. */
export function readJoinCode(code: string): JoinCodeParts {
  const bytes = unspell(code)
  if (bytes?.length !== SECRET_BYTES + FINGERPRINT_BYTES)
    throw new AppError(
      'SITE_CODE_INVALID',
      `"${code}" is no code: one has eight groups of four letters and digits`,
      'Type it as `platen site code NAME` printed it at central.',
    )
  return { proofKey: proofKeyOf(bytes.subarray(0, SECRET_BYTES)), fingerprint: bytes.subarray(SECRET_BYTES) }
}

export const isKeyOf = (fingerprint: Uint8Array, publicKey: string): boolean =>
  timingSafeEqual(fingerprint, fingerprintOf(publicKey))

export interface ProofFacts {
  readonly centralPublicKey: string
  readonly sitePublicKey: string
  readonly nonce: string
}

/** Whoever stands between sees it, and can neither use it for another key nor at another central. */
export function joinProof(proofKey: Uint8Array, { centralPublicKey, sitePublicKey, nonce }: ProofFacts): string {
  return createHmac('sha256', proofKey)
    .update(['platen site join 1', centralPublicKey, sitePublicKey, nonce].join('\n'))
    .digest('base64url')
}

export function isProof(given: string, proofKey: Uint8Array, facts: ProofFacts): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(joinProof(proofKey, facts))]
  return a.length === b.length && timingSafeEqual(a, b)
}

const proofKeyOf = (secret: Uint8Array): Buffer => createHash('sha256').update('platen site code 1\n').update(secret).digest()

function fingerprintOf(publicKey: string): Buffer {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64url')).digest().subarray(0, FINGERPRINT_BYTES)
}

function spell(bytes: Uint8Array): string {
  let bits = ''
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  const letters = bits.match(/.{5}/g)!.map((five) => ALPHABET[Number.parseInt(five, 2)]!)
  return letters.join('').match(/.{4}/g)!.join('-')
}

function unspell(code: string): Buffer | undefined {
  // What Crockford says of letters that look like digits.
  const letters = code.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1')
  let bits = ''
  for (const letter of letters) {
    const value = ALPHABET.indexOf(letter)
    if (value === -1) return undefined
    bits += value.toString(2).padStart(BITS, '0')
  }
  return bits.length % 8 === 0 ? Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2))) : undefined
}
