// Signatures and public keys as minisign writes them (https://jedisct1.github.io/minisign/), so that its own program checks ours: Ed25519 over
// BLAKE2b-512 of the content, and a comment that is signed, too. Pure.
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'

/** Whoever holds the private key. In base64url, as the appliance's signing key gives it. */
export interface MinisignSigner {
  /** Sixteen hex digits. */
  readonly keyId: string
  /** DER (SubjectPublicKeyInfo) in base64url. */
  readonly publicKey: string
  sign(bytes: Uint8Array): string
}

export interface MinisignKey {
  /** As minisign prints it. */
  readonly keyId: string
  /** The line that begins with RW. */
  readonly line: string
  readonly key: KeyObject
}

const SIGNATURE_COMMENT = 'untrusted comment: signature of a Platen bundle'
const TRUSTED = 'trusted comment: '
const KEY_ALGORITHM = Buffer.from('Ed')
/** Over the digest of the content, not the content: so it can be as long as it likes. */
const PREHASHED = Buffer.from('ED')
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex')
const ID_BYTES = 8
const KEY_BYTES = 32
const SIGNATURE_BYTES = 64

export const MOST_SIGNATURE_BYTES = 1024

/** What a signature is over: to be filled piece by piece. */
export const signedDigest = () => createHash('blake2b512')

/** A .pub file. */
export function publicKeyFile({ keyId, publicKey }: Pick<MinisignSigner, 'keyId' | 'publicKey'>): string {
  const id = Buffer.from(keyId, 'hex')
  const raw = Buffer.from(publicKey, 'base64url').subarray(-KEY_BYTES)
  return `untrusted comment: minisign public key ${printed(id)}\n${Buffer.concat([KEY_ALGORITHM, id, raw]).toString('base64')}\n`
}

/** A .pub file, or its second line alone. undefined: it is no key. */
export function readPublicKey(text: string): MinisignKey | undefined {
  const line = text.trim().split('\n').at(-1)!.trim()
  const bytes = Buffer.from(line, 'base64')
  if (bytes.length !== KEY_ALGORITHM.length + ID_BYTES + KEY_BYTES || bytes.toString('base64') !== line) return undefined
  if (!bytes.subarray(0, 2).equals(KEY_ALGORITHM)) return undefined
  const spki = Buffer.concat([SPKI_HEAD, bytes.subarray(-KEY_BYTES)])
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  return { keyId: printed(bytes.subarray(2, 2 + ID_BYTES)), line, key }
}

/** A .minisig file over what has this digest. */
export function signatureFile(digest: Uint8Array, comment: string, { keyId, sign }: MinisignSigner): string {
  const signature = Buffer.from(sign(digest), 'base64url')
  const whole = Buffer.from(sign(Buffer.concat([signature, Buffer.from(comment)])), 'base64url')
  const first = Buffer.concat([PREHASHED, Buffer.from(keyId, 'hex'), signature])
  return `${SIGNATURE_COMMENT}\n${first.toString('base64')}\n${TRUSTED}${comment}\n${whole.toString('base64')}\n`
}

/** Only as signatureFile writes it: another spelling of a right signature is none. */
export function isSignedBy(file: string, digest: Uint8Array, { keyId, key }: MinisignKey): boolean {
  const [head, first = '', trusted = '', last = '', end, ...more] = file.split('\n')
  if (head !== SIGNATURE_COMMENT || !trusted.startsWith(TRUSTED) || end !== '' || more.length > 0) return false
  const [bytes, whole] = [Buffer.from(first, 'base64'), Buffer.from(last, 'base64')]
  if (bytes.toString('base64') !== first || whole.toString('base64') !== last) return false
  if (bytes.length !== PREHASHED.length + ID_BYTES + SIGNATURE_BYTES || whole.length !== SIGNATURE_BYTES) return false
  if (!bytes.subarray(0, 2).equals(PREHASHED) || printed(bytes.subarray(2, 2 + ID_BYTES)) !== keyId) return false
  const signature = bytes.subarray(-SIGNATURE_BYTES)
  const comment = Buffer.from(trusted.slice(TRUSTED.length))
  return verify(null, digest, key, signature) && verify(null, Buffer.concat([signature, comment]), key, whole)
}

/** A number of 64 bits, its lowest byte first in the file. */
const printed = (id: Uint8Array): string => Buffer.from(id).reverse().toString('hex').toUpperCase()
