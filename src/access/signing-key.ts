// The key by which this appliance signs what it made (Ed25519, RFC 8032), so that others and its own later starts can tell:
// <dataDir>/secrets/signing-key (0600), made at the first start. Public halves of earlier keys stay in signing-keys-before: what they
// signed is still known. Touches those two files.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { chmod, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../store/index.ts'
import { readOrMakeSecret, unusable } from './secrets.ts'

/** What is signed says itself what it is (a record, a manifest): or a signature under one thing would do for another. */
export interface SigningKey {
  /** Names the key that signs now: sixteen hex digits of the digest of its public half. */
  readonly keyId: string
  /** In base64url, 86 characters. */
  sign(bytes: Uint8Array): string
  /** false: no key of this appliance, now or before, has this name, or the signature is not its own. */
  verify(keyId: string, bytes: Uint8Array, signature: string): boolean
  /** The key that signs now first, then earlier ones, the latest first: what others need to verify by themselves. */
  publicKeys(): readonly PublicSigningKey[]
  /** Signs with a new key from now on; the one before goes on being known. */
  rotate(): Promise<void>
}

export interface PublicSigningKey {
  readonly keyId: string
  /** DER (SubjectPublicKeyInfo) in base64url. */
  readonly publicKey: string
}

/** Throws APPLIANCE_SECRET_UNUSABLE when a file is there and is not what it has to be. */
export async function openSigningKey(dataDir: string): Promise<SigningKey> {
  const path = join(dataDir, 'secrets', 'signing-key')
  const beforePath = join(dataDir, 'secrets', 'signing-keys-before')
  let current = privateKeyOf(await readOrMakeSecret(path, newKeyText), path)
  await chmod(path, 0o600)
  let known = [publicOf(current), ...(await readBefore(beforePath))].filter(isFirst)
  let turn: Promise<void> = Promise.resolve()

  async function rotateNow(): Promise<void> {
    const next = newKeyText()
    // The old one is known before it stops signing: a crash between the two only lists it twice.
    await replaceFile(beforePath, linesOf(known), false)
    await replaceFile(path, linesOf([next]), false)
    current = privateKeyOf(next, path)
    known = [publicOf(current), ...known]
  }

  return {
    get keyId() {
      return idOf(publicOf(current))
    },
    sign: (bytes) => sign(null, bytes, current).toString('base64url'),
    verify(keyId, bytes, signature) {
      const publicKey = known.find((each) => idOf(each) === keyId)
      if (publicKey === undefined || !/^[\w-]{86}$/.test(signature)) return false
      return verify(null, bytes, publicKeyOf(publicKey), Buffer.from(signature, 'base64url'))
    },
    publicKeys: () => known.map((publicKey) => ({ keyId: idOf(publicKey), publicKey })),
    // One after the other, or the key of the one between would be forgotten.
    rotate: () => {
      turn = turn.catch(() => undefined).then(rotateNow)
      return turn
    },
  }
}

const newKeyText = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64url')

function privateKeyOf(text: string, path: string): KeyObject {
  try {
    const key = createPrivateKey({ key: Buffer.from(text, 'base64url'), format: 'der', type: 'pkcs8' })
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch (error) {
    throw unusable(path, 'it is not a private key', error)
  }
  throw unusable(path, 'it is not an Ed25519 key')
}

const publicOf = (key: KeyObject): string => createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64url')

const publicKeyOf = (text: string): KeyObject =>
  createPublicKey({ key: Buffer.from(text, 'base64url'), format: 'der', type: 'spki' })

const idOf = (publicKey: string): string =>
  createHash('sha256').update(Buffer.from(publicKey, 'base64url')).digest('hex').slice(0, 16)

const isFirst = (publicKey: string, at: number, all: readonly string[]): boolean => all.indexOf(publicKey) === at

async function readBefore(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw unusable(path, `it cannot be read (${error.code ?? error.message})`, error)
  })
  const keys = text.split('\n').filter((line) => line !== '')
  for (const key of keys) {
    try {
      publicKeyOf(key)
    } catch (error) {
      throw unusable(path, 'a line of it is not a public key', error)
    }
  }
  return keys
}

async function* linesOf(lines: readonly string[]): AsyncGenerator<string> {
  yield lines.map((line) => `${line}\n`).join('')
}
