// Who made a version of an image, provably: a signature under the digest of its manifest, and so under every block of it. Pure.
import { createHash, createPublicKey, verify } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { NamedObject } from './named.ts'

/** made: it was captured or built there. brought: a person imported it there. */
const SignedAs = Type.Union([Type.Literal('made'), Type.Literal('brought')])

/** Ed25519 (RFC 8032) over three lines: "platen manifest 1", as, and the digest of the manifest. */
export const VersionSignature = NamedObject('VersionSignature', {
  as: SignedAs,
  /** Sixteen hex digits of the digest of the public key. */
  keyId: Type.String({ pattern: '^[0-9a-f]{16}$' }),
  /** DER (SubjectPublicKeyInfo) in base64url. */
  publicKey: Type.String({ pattern: '^[A-Za-z0-9_-]{20,200}$' }),
  signature: Type.String({ pattern: '^[A-Za-z0-9_-]{86}$' }),
})
export type VersionSignature = Static<typeof VersionSignature>

/** own: of this appliance, with its key of now or one before. other: somebody else's, and good. wrong: under something else, or no signature. */
export const SignatureVerdict = NamedObject('SignatureVerdict', {
  as: SignedAs,
  keyId: Type.String(),
  standing: Type.Union([Type.Literal('own'), Type.Literal('other'), Type.Literal('wrong')]),
  /** other: whose key it is, where that is known, as a sentence has it: "central". */
  by: Type.Optional(Type.String()),
})
export type SignatureVerdict = Static<typeof SignatureVerdict>

/** The keys of an appliance, as far as they are told. */
export const SigningKeyList = NamedObject('SigningKeyList', {
  /** The one that signs now first; what earlier ones signed is known on. */
  keys: Type.Array(Type.Object({ keyId: Type.String(), publicKey: Type.String() })),
})
export type SigningKeyList = Static<typeof SigningKeyList>

/** Whoever signs: src/access/signing-key.ts. */
export interface ManifestSigner {
  sign(bytes: Uint8Array): string
  publicKeys(): readonly { readonly keyId: string; readonly publicKey: string }[]
}

/** A key of somebody else, and whose it is. */
export interface KnownKey {
  readonly who: string
  readonly publicKey: string
}

export function signManifest(manifestDigest: string, as: VersionSignature['as'], signer: ManifestSigner): VersionSignature {
  const { keyId, publicKey } = signer.publicKeys()[0]!
  return { as, keyId, publicKey, signature: signer.sign(signedWords(manifestDigest, as)) }
}

export function judgeSignature(
  signed: VersionSignature,
  manifestDigest: string,
  signer: Pick<ManifestSigner, 'publicKeys'>,
  others: readonly KnownKey[] = [],
): SignatureVerdict {
  const { as, keyId } = signed
  if (!isGood(signed, manifestDigest)) return { as, keyId, standing: 'wrong' }
  const isOwn = signer.publicKeys().some(({ publicKey }) => publicKey === signed.publicKey)
  if (isOwn) return { as, keyId, standing: 'own' }
  const who = others.find(({ publicKey }) => publicKey === signed.publicKey)?.who
  return { as, keyId, standing: 'other', ...(who === undefined ? {} : { by: who }) }
}

export function isGood({ as, keyId, publicKey, signature }: VersionSignature, manifestDigest: string): boolean {
  const der = Buffer.from(publicKey, 'base64url')
  if (createHash('sha256').update(der).digest('hex').slice(0, 16) !== keyId) return false
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
    return (
      key.asymmetricKeyType === 'ed25519' &&
      verify(null, signedWords(manifestDigest, as), key, Buffer.from(signature, 'base64url'))
    )
  } catch {
    return false
  }
}

/** It says itself what it is: or a signature under something else would do for a manifest. */
function signedWords(manifestDigest: string, as: VersionSignature['as']): Buffer {
  return Buffer.from(`platen manifest 1\n${as}\n${manifestDigest}\n`)
}
