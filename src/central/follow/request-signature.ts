// How a site shows that a request is its own: a signature over method, target, body, time and central, in the Authorization header. Pure.
//   Authorization: Platen-Site site=paris,at=1764568800000,nonce=…,body=<sha-256>,signature=…
import { createHash, createPublicKey, type KeyObject, randomBytes, sign, verify } from 'node:crypto'

export interface RequestFacts {
  readonly method: string
  /** Path and query, as they stand in the request. */
  readonly target: string
  /** SHA-256 in hex. */
  readonly bodyDigest: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly nonce: string
  /** Whom it is for: the same request is nothing to another central. */
  readonly centralKeyId: string
}

export interface ShownSignature extends Pick<RequestFacts, 'at' | 'nonce' | 'bodyDigest'> {
  readonly site: string
  readonly signature: string
}

const SCHEME = 'Platen-Site'
const SHOWN =
  /^Platen-Site site=([a-z0-9][a-z0-9._-]{0,62}),at=(\d{1,15}),nonce=([A-Za-z0-9_-]{16,64}),body=([0-9a-f]{64}),signature=([A-Za-z0-9_-]{86})$/

export const digestOfBody = (body: Uint8Array | string): string => createHash('sha256').update(body).digest('hex')

export const newNonce = (): string => randomBytes(18).toString('base64url')

export function authorizationOf(site: string, key: KeyObject, facts: RequestFacts): string {
  const signature = sign(null, bytesOf(site, facts), key).toString('base64url')
  const { at, nonce, bodyDigest } = facts
  return `${SCHEME} site=${site},at=${at},nonce=${nonce},body=${bodyDigest},signature=${signature}`
}

/** undefined: it shows none. */
export function shownIn(authorization: string | undefined): ShownSignature | undefined {
  const [, site, at, nonce, bodyDigest, signature] = SHOWN.exec(authorization ?? '') ?? []
  return site === undefined ? undefined : { site, at: Number(at), nonce: nonce!, bodyDigest: bodyDigest!, signature: signature! }
}

export function isSignedBy(publicKey: string, site: string, facts: RequestFacts, signature: string): boolean {
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64url'), format: 'der', type: 'spki' })
  return verify(null, bytesOf(site, facts), key, Buffer.from(signature, 'base64url'))
}

function bytesOf(site: string, { method, target, bodyDigest, at, nonce, centralKeyId }: RequestFacts): Buffer {
  return Buffer.from(['platen site call 1', centralKeyId, site, method, target, bodyDigest, at, nonce].join('\n'))
}
