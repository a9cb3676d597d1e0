// A composite bundle, both ways: key, signature, index, then everything that the index names, each once and in its order, and a signature over the
// whole at the end. Nothing is parsed before its signature is right; nothing is taken that the index does not name. Pure.
import { createHash, hash } from 'node:crypto'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { Compile } from 'typebox/compile'
import { BundleIndex, COMPOSITE_FORMAT } from '../contract/bundle.ts'
import { AppError } from '../contract/errors.ts'
import { firstProblem } from '../contract/schema-problems.ts'
import { chunkDigest } from './chunk-digest.ts'
import { bundleInvalid, MemberReader, memberOf } from './composite-members.ts'
import {
  isSignedBy,
  type MinisignKey,
  type MinisignSigner,
  MOST_SIGNATURE_BYTES,
  publicKeyFile,
  readPublicKey,
  signatureFile,
  signedDigest,
} from './minisign.ts'
import { encodeTarHeader, paddingAfter, TAR_END } from './tar-entries.ts'

const KEY = 'key.pub'
const SIGNATURE = 'index.json.minisig'
const INDEX = 'index.json'
const WHOLE = 'whole.minisig'
const MOST_KEY_BYTES = 1024
/** Some ten thousand nodes with all their disks. */
const MOST_INDEX_BYTES = 64 * 1024 * 1024
/** As large as the manifest of a full disk of tens of terabytes, compressed. */
const MOST_MANIFEST_BYTES = 256 * 1024 * 1024
/** The largest chunk of any grid, and room for the frame of zstd when it does not compress. */
const MOST_CONTENT_BYTES = 16 * 1024 * 1024
const MOST_CHUNK_BYTES = MOST_CONTENT_BYTES + 1024 * 1024

const indexSchema = Compile(BundleIndex)
const decompress = promisify(zstdDecompress)

/** What whoever reads a bundle does with it. Each may throw: then the rest is not read. */
export interface BundleTaker {
  /** Before anything is believed: whether this key may sign. */
  onKey(key: MinisignKey): void | Promise<void>
  /** Signed and of the right shape. */
  onIndex(index: BundleIndex): void | Promise<void>
  /** Gives the digests of the chunks that it names. */
  onManifest(digest: string, compressed: Buffer): Promise<Iterable<string>>
  /** To be read to its end; throws there when it is not what its digest says. */
  onFile(digest: string, pieces: AsyncIterable<Uint8Array>): Promise<void>
  /** Compressed; its content is what its digest says. */
  onChunk(digest: string, compressed: Buffer): void | Promise<void>
}

/** Returns when all of it was read and is right. Throws BUNDLE_INVALID, BUNDLE_SIGNATURE_WRONG, BUNDLE_FORMAT_NEWER, and what the taker throws. */
export async function readBundle(source: AsyncIterable<Uint8Array>, taker: BundleTaker): Promise<void> {
  const members = new MemberReader(source)
  const key = keyIn((await members.take(KEY, MOST_KEY_BYTES)).toString('utf8'))
  await taker.onKey(key)
  const index = await readIndex(members, key)
  await taker.onIndex(index)
  const chunks = new Set<string>()
  for (const { digest, sizeBytes } of manifestsOf(index)) {
    if (sizeBytes > MOST_MANIFEST_BYTES) throw bundleInvalid(`a manifest is said to have ${sizeBytes} bytes`)
    const compressed = await members.take(manifestName(digest), sizeBytes)
    if (hash('sha256', compressed, 'hex') !== digest) throw notWhatItSays(manifestName(digest))
    for (const chunk of await taker.onManifest(digest, compressed)) chunks.add(chunk)
  }
  for (const { digest, sizeBytes } of filesOf(index)) {
    await taker.onFile(digest, checked(digest, members.pieces({ name: fileName(digest), sizeBytes })))
  }
  for (const digest of chunks) {
    const compressed = await members.take(chunkName(digest), MOST_CHUNK_BYTES)
    await checkChunk(digest, compressed)
    await taker.onChunk(digest, compressed)
  }
  const digest = members.digestSoFar()
  if (!isSignedBy((await members.take(WHOLE, MOST_SIGNATURE_BYTES)).toString('utf8'), digest, key)) throw signatureWrong()
  await members.end()
}

/** What whoever writes one is asked for. */
export interface BundleGiver {
  manifest(digest: string): Promise<{ readonly compressed: Buffer; readonly chunks: Iterable<string> }>
  file(digest: string): AsyncIterable<Uint8Array>
  chunk(digest: string): Promise<Uint8Array>
}

/** Equal content, date and key give equal bytes. */
export async function* writeBundle(index: BundleIndex, giver: BundleGiver, signer: MinisignSigner): AsyncGenerator<Uint8Array> {
  const digest = signedDigest()
  for await (const bytes of beforeTheEnd(index, giver, signer)) {
    digest.update(bytes)
    yield bytes
  }
  yield* memberOf(WHOLE, Buffer.from(signatureFile(digest.digest(), `all of the bundle of ${index.createdAt}`, signer)))
  yield TAR_END
}

async function* beforeTheEnd(index: BundleIndex, giver: BundleGiver, signer: MinisignSigner): AsyncGenerator<Uint8Array> {
  // Keys stay in their order: digests of packages are over texts that have it.
  const text = Buffer.from(JSON.stringify(index))
  if (text.length > MOST_INDEX_BYTES) throw bundleInvalid(`its index would have ${text.length} bytes`)
  yield* memberOf(KEY, Buffer.from(publicKeyFile(signer)))
  const signature = signatureFile(signedDigest().update(text).digest(), `index of the bundle of ${index.createdAt}`, signer)
  yield* memberOf(SIGNATURE, Buffer.from(signature))
  yield* memberOf(INDEX, text)
  const chunks = new Set<string>()
  for (const { digest } of manifestsOf(index)) {
    const manifest = await giver.manifest(digest)
    yield* memberOf(manifestName(digest), manifest.compressed)
    for (const chunk of manifest.chunks) chunks.add(chunk)
  }
  for (const { digest, sizeBytes } of filesOf(index)) {
    yield encodeTarHeader(fileName(digest), sizeBytes)
    yield* checked(digest, giver.file(digest))
    yield paddingAfter(sizeBytes)
  }
  for (const digest of chunks) yield* memberOf(chunkName(digest), await giver.chunk(digest))
}

function keyIn(text: string): MinisignKey {
  const key = readPublicKey(text)
  if (key === undefined) throw bundleInvalid(`${KEY} is no public key`)
  const [comment] = text.split('\n')
  if (text !== `${comment}\n${key.line}\n` || comment !== `untrusted comment: minisign public key ${key.keyId}`)
    throw bundleInvalid(`${KEY} is written otherwise than it should be`)
  return key
}

async function readIndex(members: MemberReader, key: MinisignKey): Promise<BundleIndex> {
  const signature = (await members.take(SIGNATURE, MOST_SIGNATURE_BYTES)).toString('utf8')
  const text = await members.take(INDEX, MOST_INDEX_BYTES)
  if (!isSignedBy(signature, signedDigest().update(text).digest(), key)) throw signatureWrong()
  const value = parsed(text)
  const { format } = value as { readonly format?: unknown }
  if (typeof format === 'number' && format > COMPOSITE_FORMAT) throw formatNewer(format)
  if (!indexSchema.Check(value)) {
    const { path, reason } = firstProblem(BundleIndex, value)
    throw bundleInvalid(`its index: ${[...path, reason].join(': ')}`)
  }
  refuseTwice(value.entries.map(({ kind, name }) => `${kind} ${name}`))
  refuseTwoSizes([...blobsOf(value, 'manifest'), ...blobsOf(value, 'files')])
  return value
}

function parsed(text: Buffer): object {
  try {
    const value: unknown = JSON.parse(text.toString('utf8'))
    if (typeof value === 'object' && value !== null) return value
  } catch (cause) {
    throw bundleInvalid('its index is no JSON', cause)
  }
  throw bundleInvalid('its index is no object')
}

function refuseTwice(names: readonly string[]): void {
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) throw bundleInvalid(`its index names ${name} twice`)
    seen.add(name)
  }
}

type Blob = { readonly digest: string; readonly sizeBytes: number }

function refuseTwoSizes(blobs: readonly Blob[]): void {
  const sizes = new Map<string, number>()
  for (const { digest, sizeBytes } of blobs) {
    if ((sizes.get(digest) ?? sizeBytes) !== sizeBytes) throw bundleInvalid(`its index gives ${digest} two sizes`)
    sizes.set(digest, sizeBytes)
  }
}

const manifestsOf = (index: BundleIndex): Iterable<Blob> => once(blobsOf(index, 'manifest'))
const filesOf = (index: BundleIndex): Iterable<Blob> => once(blobsOf(index, 'files'))

const blobsOf = ({ entries }: BundleIndex, key: 'manifest' | 'files'): readonly Blob[] =>
  entries.flatMap((entry): readonly Blob[] => [entry[key] ?? []].flat())

const once = (blobs: readonly Blob[]): Iterable<Blob> => new Map(blobs.map((blob) => [blob.digest, blob])).values()

/** The digests of names are hex: no name leads anywhere. */
const manifestName = (digest: string): string => `manifests/${digest}.zst`
const fileName = (digest: string): string => `files/${digest}`
const chunkName = (digest: string): string => `chunks/${digest}.zst`

async function* checked(digest: string, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const sum = createHash('sha256')
  for await (const piece of pieces) {
    sum.update(piece)
    yield piece
  }
  if (sum.digest('hex') !== digest) throw notWhatItSays(fileName(digest))
}

async function checkChunk(digest: string, compressed: Buffer): Promise<void> {
  const content = await decompress(compressed, { maxOutputLength: MOST_CONTENT_BYTES }).catch(() => undefined)
  if (content === undefined || chunkDigest(content) !== digest) throw notWhatItSays(chunkName(digest))
}

const notWhatItSays = (name: string): AppError => bundleInvalid(`${name} has other content than its name says`)

function signatureWrong(): AppError {
  return new AppError(
    'BUNDLE_SIGNATURE_WRONG',
    'the bundle was changed after it was signed, or signed by another key than the one that it brings',
    'Nothing was stored. Take the file from whoever made it once more.',
  )
}

function formatNewer(format: number): AppError {
  return new AppError(
    'BUNDLE_FORMAT_NEWER',
    `the bundle has format ${format}, and this version of the program reads ${COMPOSITE_FORMAT}`,
    'Install a newer version of Platen here, or make the bundle with an older one.',
  )
}
