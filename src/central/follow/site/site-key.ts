// The key by which a site signs what it asks: Ed25519, made when it joins, in secrets/site-key (0600). Each join makes another one.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { replaceFile } from '../../../store/index.ts'

export interface SiteKey {
  readonly privateKey: KeyObject
  /** DER (SubjectPublicKeyInfo) in base64url. */
  readonly publicKey: string
}

export function newSiteKey(): SiteKey {
  return keyOf(generateKeyPairSync('ed25519').privateKey)
}

export async function keepSiteKey(dataDir: string, { privateKey }: SiteKey): Promise<void> {
  const path = pathIn(dataDir)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const text = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64url')
  await replaceFile(path, lineOf(text), false)
}

/** undefined: there is none that can be used; whoever follows has to join again. */
export async function readSiteKey(dataDir: string): Promise<SiteKey | undefined> {
  const text = await readFile(pathIn(dataDir), 'utf8').catch(() => '')
  try {
    return keyOf(createPrivateKey({ key: Buffer.from(text.trim(), 'base64url'), format: 'der', type: 'pkcs8' }))
  } catch {
    return undefined
  }
}

const pathIn = (dataDir: string): string => join(dataDir, 'secrets', 'site-key')

const keyOf = (privateKey: KeyObject): SiteKey => ({
  privateKey,
  publicKey: createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).toString('base64url'),
})

async function* lineOf(text: string): AsyncGenerator<string> {
  yield `${text}\n`
}
