// What central signs and sites check: JSON, with a word of what it is, so that one thing never passes for another. Pure.
import { createHash, createPublicKey, verify } from 'node:crypto'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import type { Signed } from '../../contract/central/follow.ts'
import { AppError } from '../../contract/errors.ts'

export type SignedKind = 'join' | 'offer' | 'request' | 'move' | 'image' | 'boot-build'

/** What of the appliance's key this room needs. */
export interface Signer {
  readonly keyId: string
  sign(bytes: Uint8Array): string
  publicKeys(): readonly { readonly keyId: string; readonly publicKey: string }[]
}

export function signAs(kind: SignedKind, value: unknown, signer: Signer): Signed {
  const text = JSON.stringify(value)
  return { text, keyId: signer.keyId, signature: signer.sign(bytesOf(kind, text)) }
}

/** Throws SITE_CENTRAL_NOT_PROVEN: it is not signed by this key, or is something else. */
export function readSigned<S extends TSchema>(kind: SignedKind, schema: S, signed: Signed, publicKey: string): Static<S> {
  if (signed.keyId !== keyIdOf(publicKey))
    throw notProven(`it is signed by the key ${signed.keyId}, and central's is ${keyIdOf(publicKey)}`)
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64url'), format: 'der', type: 'spki' })
  if (!verify(null, bytesOf(kind, signed.text), key, Buffer.from(signed.signature, 'base64url')))
    throw notProven('its signature is not that of its text')
  const value: unknown = JSON.parse(signed.text)
  if (Value.Check(schema, value)) return value
  throw new AppError(
    'SITE_CONTENT_UNKNOWN',
    `central says something as ${kind} that this version does not understand`,
    'Bring this appliance and its central to the same version.',
  )
}

export const keyIdOf = (publicKey: string): string =>
  createHash('sha256').update(Buffer.from(publicKey, 'base64url')).digest('hex').slice(0, 16)

const bytesOf = (kind: SignedKind, text: string): Buffer => Buffer.from(`platen site ${kind} 1\n${text}`)

export function notProven(reason: string): AppError {
  return new AppError(
    'SITE_CENTRAL_NOT_PROVEN',
    `what answers is not the central that this site knows: ${reason}`,
    'Somebody stands between the two, or central was set up anew. If it was, make a code there with `platen site code` and join again.',
  )
}
