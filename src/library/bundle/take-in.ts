// A bundle that arrives: everything about it is checked, and what is lacking here is laid aside. Nothing of it is in the store or listed yet.
import { Value } from 'typebox/value'
import type { BundleEntry, BundleIndex, BundleTrust, KeyStanding } from '../../contract/bundle.ts'
import { AppError } from '../../contract/errors.ts'
import { firstProblem } from '../../contract/schema-problems.ts'
import { readBundle } from '../../imaging/composite-bundle.ts'
import { bundleInvalid } from '../../imaging/composite-members.ts'
import { storedChunksOf } from '../../imaging/manifest-codec.ts'
import { type MinisignKey, publicKeyFile, readPublicKey } from '../../imaging/minisign.ts'
import type { ImageStoreService } from '../image/image-service.ts'
import type { ManifestReader } from '../image/manifest-reader.ts'
import type { Things } from './selection.ts'
import type { StagedFolder } from './staged-folder.ts'

export interface KeyDesk {
  /** Of this appliance, now and before. */
  own(): readonly { readonly keyId: string; readonly publicKey: string }[]
  /** Lines of keys that were trusted before. */
  isKnown(line: string): boolean
}

export interface TakenIn {
  readonly index: BundleIndex
  readonly key: MinisignKey
  readonly keyStanding: KeyStanding
}

interface TakeInDeps {
  readonly things: Things
  readonly images: Pick<ImageStoreService, 'missing'>
  readonly reader: ManifestReader
  readonly keys: KeyDesk
}

/** Throws BUNDLE_KEY_UNKNOWN before anything else is looked at, then whatever readBundle throws. */
export async function takeIn(
  body: AsyncIterable<Uint8Array>,
  trust: BundleTrust,
  staged: StagedFolder,
  { things, images, reader, keys }: TakeInDeps,
): Promise<TakenIn> {
  const lacking = new Set<string>()
  let taken: Partial<TakenIn> = {}
  await readBundle(body, {
    onKey(key) {
      taken = { key, keyStanding: standingOf(key, trust, keys) }
    },
    async onIndex(index) {
      for (const entry of index.entries) refuseShape(entry, things)
      taken = { ...taken, index }
      await staged.writeIndex(index)
    },
    async onManifest(digest, compressed) {
      const digests = storedChunksOf(await reader.read(compressed))
      for (const chunk of images.missing([...digests])) lacking.add(chunk)
      await staged.writeManifest(digest, compressed)
      return digests
    },
    onFile: (digest, pieces) => staged.writeFile(digest, pieces),
    async onChunk(digest, compressed) {
      if (lacking.has(digest)) await staged.writeChunk(digest, compressed)
    },
  })
  const { index, key, keyStanding } = taken as TakenIn
  for (const entry of index.entries) {
    const fault = await things.get(entry.kind)!.faultOf?.(entry, staged)
    if (fault !== undefined) throw bundleInvalid(`${entry.kind} ${entry.name}: ${fault}`)
  }
  return { index, key, keyStanding }
}

function refuseShape({ kind, name, value }: BundleEntry, things: Things): void {
  const { schema } = things.get(kind)!
  if (Value.Check(schema, value)) return
  const { path, reason } = firstProblem(schema, value)
  throw bundleInvalid(`${kind} ${name}: ${[...path, reason].join(': ')}`)
}

function standingOf(key: MinisignKey, { key: named, trustNewKey = false }: BundleTrust, keys: KeyDesk): KeyStanding {
  if (named !== undefined) {
    if (readPublicKey(named)?.line === key.line) return 'named'
    throw keyUnknown(`it is signed by ${key.line}, not by the key that was named`, key)
  }
  if (keys.own().some((own) => readPublicKey(publicKeyFile(own))?.line === key.line)) return 'own'
  if (keys.isKnown(key.line)) return 'known'
  if (trustNewKey) return 'first-use'
  throw keyUnknown(`nobody said yet that its key ${key.keyId} is to be trusted`, key)
}

function keyUnknown(reason: string, { line }: MinisignKey): AppError {
  return new AppError(
    'BUNDLE_KEY_UNKNOWN',
    `the bundle is not taken: ${reason}`,
    `Ask whoever made it for their key (\`platen bundle key\` there) and name it: --key ${line}. To believe the bundle itself: --trust-new-key.`,
  )
}
