// "Who made a version can be proved": by whom, over a change of the key, at another appliance, and not by a signature from elsewhere.
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { openSecrets } from '../../src/access/secrets.ts'
import { openSigningKey } from '../../src/access/signing-key.ts'
import {
  isGood,
  judgeSignature,
  type ManifestSigner,
  signManifest,
  type VersionSignature,
} from '../../src/contract/version-signature.ts'
import { chunkDigest } from '../../src/imaging/chunk-digest.ts'
import { CHUNK_BYTES } from '../../src/imaging/chunk-grid.ts'
import { createImageService } from '../../src/library/image/create-image-service.ts'
import { manifestOf } from '../fakes/small-manifest.ts'
import { StateFolder } from '../fakes/state-folder.ts'

const CONTENT = Buffer.alloc(CHUNK_BYTES, 1)
const CHUNK = chunkDigest(CONTENT)
const MANIFEST = manifestOf([CHUNK])
const DIGEST = 'a'.repeat(64)
const OTHER = 'b'.repeat(64)

async function keyIn(folder: StateFolder) {
  await openSecrets(folder.path)
  return openSigningKey(folder.path)
}

function stranger() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const der = publicKey.export({ format: 'der', type: 'spki' })
  const keyId = createHash('sha256').update(der).digest('hex').slice(0, 16)
  const told = { keyId, publicKey: der.toString('base64url') }
  return { publicKeys: () => [told], sign: (bytes: Uint8Array) => sign(null, bytes, privateKey).toString('base64url') }
}

describe('a signature', () => {
  it('is known as its own by the appliance, also after its key was changed, and as somebody else’s by others', async () => {
    using folder = new StateFolder()
    const key = await keyIn(folder)
    const signed = signManifest(DIGEST, 'made', key)
    await key.rotate()
    expect(judgeSignature(signed, DIGEST, key)).toMatchObject({ as: 'made', standing: 'own' })
    expect(judgeSignature(signed, DIGEST, stranger())).toMatchObject({ standing: 'other' })
    expect(signManifest(DIGEST, 'made', key).keyId).not.toBe(signed.keyId)
  })

  const good = signManifest(DIGEST, 'made', stranger())
  const someoneElse = stranger().publicKeys()[0]!
  it.each<[string, VersionSignature, string]>([
    ['under another manifest', good, OTHER],
    ['that says brought instead of made', { ...good, as: 'brought' }, DIGEST],
    ['in the name of another key', { ...good, keyId: someoneElse.keyId }, DIGEST],
    ['with the key of another one', { ...good, ...someoneElse }, DIGEST],
    ['that was made up', { ...good, signature: 'A'.repeat(86) }, DIGEST],
    ['by no key at all', { ...good, publicKey: 'A'.repeat(59) }, DIGEST],
  ])('%s is wrong', (_name, signed, digest) => {
    expect(isGood(good, DIGEST)).toBe(true)
    expect(isGood(signed, digest)).toBe(false)
  })
})

/** With the one chunk of the manifest in its store. */
async function imagesIn(folder: StateFolder, signer?: ManifestSigner) {
  const images = createImageService(
    { dataDir: folder.path },
    { now: () => '2030-01-01T00:00:00.000Z', ...(signer && { signer }) },
  )
  await images.putChunk('job', CHUNK, zstdCompressSync(CONTENT))
  return images
}

describe('a version', () => {
  async function appliance(folder: StateFolder) {
    const signer = await keyIn(folder)
    return { signer, images: await imagesIn(folder, signer) }
  }

  it('is signed when it is published, and the check says by whom', async () => {
    using folder = new StateFolder()
    const { images, signer } = await appliance(folder)
    const manifest = MANIFEST
    await images.publish({ jobId: 'job-1', nodeId: 'node-1', imageName: 'tiny' }, manifest)
    expect((await images.verify('tiny', 1)).signatures).toEqual([{ as: 'made', keyId: signer.keyId, standing: 'own' }])
  })

  it('that is brought elsewhere keeps who made it, and says who brought it', async () => {
    using one = new StateFolder()
    using two = new StateFolder()
    const [here, there] = [await appliance(one), await appliance(two)]
    const made = await here.images.publish({ jobId: 'job-1', nodeId: 'node-1', imageName: 'tiny' }, MANIFEST)
    await there.images.publish({ jobId: 'import-1', imageName: 'tiny', signatures: made.signatures! }, MANIFEST)
    expect((await there.images.verify('tiny', 1)).signatures).toEqual([
      { as: 'made', keyId: here.signer.keyId, standing: 'other' },
      { as: 'brought', keyId: there.signer.keyId, standing: 'own' },
    ])
  })

  it('is not published with a signature that is not one under it', async () => {
    using folder = new StateFolder()
    const { images } = await appliance(folder)
    const forged = { ...signManifest(OTHER, 'made', stranger()) }
    const publishing = images.publish({ jobId: 'import-1', imageName: 'tiny', signatures: [forged] }, MANIFEST)
    await expect(publishing).rejects.toMatchObject({ code: 'IMAGE_SIGNATURE_WRONG' })
    expect(images.list()).toEqual([])
  })

  it('whose record somebody pointed to another manifest, or another maker, is found out', async () => {
    using folder = new StateFolder()
    const { images } = await appliance(folder)
    await images.publish({ jobId: 'job-1', nodeId: 'node-1', imageName: 'tiny' }, MANIFEST)
    const [file] = readdirSync(join(folder.path, 'manifests'), { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('1.json'),
    )
    const path = join(folder.path, 'manifests', file!)
    const changed = readFileSync(path, 'utf8').replace(/"as": ?"made"/, '"as":"brought"')
    expect(changed).toContain('"as":"brought"')
    writeFileSync(path, changed)
    const again = await appliance(folder)
    expect((await again.images.verify('tiny', 1)).signatures).toMatchObject([{ standing: 'wrong' }])
  })

  it('without signatures is an older one, not a wrong one', async () => {
    using folder = new StateFolder()
    const images = await imagesIn(folder)
    await images.publish({ jobId: 'job-1', nodeId: 'node-1', imageName: 'tiny' }, MANIFEST)
    expect((await (await appliance(folder)).images.verify('tiny', 1)).signatures).toEqual([])
  })
})
