// The key by which an appliance signs: the same at each start, replaced without a gap, and never taken for another one.
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { copyFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openSecrets } from '../../src/access/secrets.ts'
import { openSigningKey } from '../../src/access/signing-key.ts'
import { StateFolder } from '../fakes/state-folder.ts'

const said = Buffer.from('platen record\nnode-1 has tiny 3')

async function openIn(folder: StateFolder) {
  await openSecrets(folder.path)
  return await openSigningKey(folder.path)
}

describe('the signing key', () => {
  it('signs what it knows again, at the next start as well', async () => {
    using folder = new StateFolder()
    const key = await openIn(folder)
    const signature = key.sign(said)
    expect(key.verify(key.keyId, said, signature)).toBe(true)
    const later = await openIn(folder)
    expect(later.keyId).toBe(key.keyId)
    expect(later.verify(key.keyId, said, signature)).toBe(true)
    expect(statSync(join(folder.path, 'secrets', 'signing-key')).mode & 0o777).toBe(0o600)
  })

  it('is verified by others with its public half alone', async () => {
    using folder = new StateFolder()
    const key = await openIn(folder)
    const [told] = key.publicKeys()
    const publicKey = createPublicKey({ key: Buffer.from(told!.publicKey, 'base64url'), format: 'der', type: 'spki' })
    expect(told!.keyId).toBe(key.keyId)
    expect(verify(null, said, publicKey, Buffer.from(key.sign(said), 'base64url'))).toBe(true)
  })

  it('knows what earlier ones signed, now and at the next start', async () => {
    using folder = new StateFolder()
    const key = await openIn(folder)
    const signed: { readonly keyId: string; readonly signature: string }[] = []
    for (let round = 0; round < 3; round++) {
      signed.push({ keyId: key.keyId, signature: key.sign(said) })
      await key.rotate()
    }
    expect(new Set(signed.map(({ keyId }) => keyId)).size).toBe(3)
    for (const one of [key, await openIn(folder)]) {
      expect(one.keyId).toBe(key.keyId)
      expect(one.publicKeys().map(({ keyId }) => keyId)).toEqual([key.keyId, ...signed.map(({ keyId }) => keyId).reverse()])
      for (const { keyId, signature } of signed) expect(one.verify(keyId, said, signature)).toBe(true)
    }
  })

  it('forgets none when two are asked for at once', async () => {
    using folder = new StateFolder()
    const key = await openIn(folder)
    await Promise.all([key.rotate(), key.rotate()])
    expect(new Set((await openIn(folder)).publicKeys().map(({ keyId }) => keyId)).size).toBe(3)
  })

  it('is whole when the appliance ended in the middle of a replacement', async () => {
    using folder = new StateFolder()
    const key = await openIn(folder)
    const path = join(folder.path, 'secrets', 'signing-key')
    copyFileSync(path, `${path}.old`)
    await key.rotate()
    // The list has the old one already, and the old one still signs.
    copyFileSync(`${path}.old`, path)
    expect((await openIn(folder)).publicKeys()).toHaveLength(1)
  })

  it.each([
    { name: 'of another text', of: (id: string, signature: string) => [id, Buffer.from('another'), signature] as const },
    { name: 'under another name', of: (_id: string, signature: string) => ['0'.repeat(16), said, signature] as const },
    { name: 'that is short', of: (id: string, signature: string) => [id, said, signature.slice(1)] as const },
    { name: 'that is empty', of: (id: string) => [id, said, ''] as const },
    { name: 'that was changed', of: (id: string, signature: string) => [id, said, `${flipped(signature)}`] as const },
  ])('takes no signature $name', async ({ of }) => {
    using folder = new StateFolder()
    const key = await openIn(folder)
    expect(key.verify(...of(key.keyId, key.sign(said)))).toBe(false)
  })

  it('takes no signature of another appliance', async () => {
    using folder = new StateFolder()
    using elsewhere = new StateFolder()
    const [key, other] = [await openIn(folder), await openIn(elsewhere)]
    expect(key.verify(key.keyId, said, other.sign(said))).toBe(false)
    expect(key.verify(other.keyId, said, other.sign(said))).toBe(false)
  })

  it.each([
    { what: 'no key', content: 'x'.repeat(64) },
    { what: 'the key of another algorithm', content: x25519Key() },
  ])('with $what in its file the start is refused', async ({ content }) => {
    using folder = new StateFolder()
    await openIn(folder)
    writeFileSync(join(folder.path, 'secrets', 'signing-key'), content)
    await expect(openIn(folder)).rejects.toMatchObject({ code: 'APPLIANCE_SECRET_UNUSABLE' })
  })

  it.each([
    { what: 'is no list', make: (path: string) => mkdirSync(path) },
    { what: 'holds something else', make: (path: string) => writeFileSync(path, 'not a key\n') },
  ])('when the list of earlier ones $what, the start is refused', async ({ make }) => {
    using folder = new StateFolder()
    await openIn(folder)
    make(join(folder.path, 'secrets', 'signing-keys-before'))
    await expect(openIn(folder)).rejects.toMatchObject({ code: 'APPLIANCE_SECRET_UNUSABLE' })
  })
})

const flipped = (signature: string): string => `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`

const x25519Key = (): string =>
  generateKeyPairSync('x25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64url')
