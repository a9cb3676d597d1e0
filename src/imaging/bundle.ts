// One image version as one file, a bundle: its beginning in bytes, both ways. Behind it stand the chunks as frames (chunk-frames.ts), each
// distinct one once, in the order in which the manifest first names them. docs/images.md has the format. Pure.
import { hash } from 'node:crypto'
import { zstdDecompressSync } from 'node:zlib'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { AppError } from '../contract/errors.ts'
import { ImageVersionView, type Manifest } from '../contract/image.ts'
import { Digest } from '../contract/values.ts'
import { DIGEST_BYTES } from './chunk-digest.ts'
import { decodeManifest, manifestDigestOf, manifestRoomBytes, storedChunksOf } from './manifest-codec.ts'

export { BUNDLE_TYPE } from '../contract/image-transfer.ts'

export const BUNDLE_MAGIC = Buffer.from('platen bundle 1\n')
const LENGTH_BYTES = 4
const PIECE_BYTES = 1024 * 1024
const MAX_HEADER_BYTES = 65_536
/** As large as the manifest of a full disk of several terabytes, compressed. */
const MAX_MANIFEST_BYTES = 256 * 1024 * 1024

export const BundleHeader = Type.Object({
  /** What it was exported from; who imports it chooses a name. */
  version: ImageVersionView,
  manifestDigest: Digest,
  chunkCount: Type.Integer({ minimum: 0 }),
})
export type BundleHeader = Static<typeof BundleHeader>

export interface BundleHead {
  readonly header: BundleHeader
  readonly manifest: Manifest
  /** Of the chunks that follow, in this order. */
  readonly digests: readonly string[]
}

/** Everything in front of the chunks: magic, header with its digest, manifest. */
export function encodeBundleHead(version: ImageVersionView, manifest: Manifest, compressedManifest: Uint8Array): Buffer {
  const header: BundleHeader = { version, manifestDigest: manifestDigestOf(manifest), chunkCount: storedChunksOf(manifest).size }
  const text = Buffer.from(JSON.stringify(header))
  return Buffer.concat([
    BUNDLE_MAGIC,
    lengthOf(text),
    text,
    hash('sha256', text, 'buffer'),
    lengthOf(compressedManifest),
    compressedManifest,
  ])
}

/** Gives exactly so many bytes of the file, from where the last call ended; fewer only at its end. */
export type TakeBytes = (length: number) => Promise<Buffer>

/** Throws IMAGE_BUNDLE_INVALID, or IMAGE_MANIFEST_INVALID when the manifest inside contradicts itself. */
export async function decodeBundleHead(take: TakeBytes): Promise<BundleHead> {
  const magic = await take(BUNDLE_MAGIC.length)
  if (!magic.equals(BUNDLE_MAGIC)) throw bundleInvalid('it does not begin like one')
  const header = parseHeader(...(await takeHeader(take)))
  const manifest = decodeManifest(expandManifest(await takeBlock(take, MAX_MANIFEST_BYTES, 'manifest')))
  const actual = manifestDigestOf(manifest)
  if (actual !== header.manifestDigest) throw bundleInvalid(`its manifest has the digest ${actual}, not ${header.manifestDigest}`)
  const digests = [...storedChunksOf(manifest)]
  if (digests.length !== header.chunkCount)
    throw bundleInvalid(`its manifest names ${digests.length} chunks, its header ${header.chunkCount}`)
  return { header, manifest, digests }
}

async function takeHeader(take: TakeBytes): Promise<[text: Buffer, digest: Buffer]> {
  const text = await takeBlock(take, MAX_HEADER_BYTES, 'header')
  const digest = await take(DIGEST_BYTES)
  return [text, digest]
}

function parseHeader(text: Buffer, digest: Buffer): BundleHeader {
  if (!hash('sha256', text, 'buffer').equals(digest)) throw bundleInvalid('its header was changed or cut')
  const value = parsedJson(text)
  if (Value.Check(BundleHeader, value)) return value
  throw bundleInvalid('its header is of another version of this program')
}

function parsedJson(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'))
  } catch (cause) {
    throw bundleInvalid('its header is no JSON', cause)
  }
}

async function takeBlock(take: TakeBytes, most: number, what: string): Promise<Buffer> {
  const head = await take(LENGTH_BYTES)
  if (head.length < LENGTH_BYTES) throw bundleInvalid(`it ends in front of its ${what}`)
  const length = head.readUInt32LE(0)
  if (length > most) throw bundleInvalid(`its ${what} is said to have ${length} bytes`)
  const pieces: Buffer[] = []
  // Piece by piece: a file of some bytes that claims much more is not given memory for it.
  for (let taken = 0; taken < length; taken += PIECE_BYTES) {
    const piece = await take(Math.min(PIECE_BYTES, length - taken))
    pieces.push(piece)
    if (piece.length < Math.min(PIECE_BYTES, length - taken))
      throw bundleInvalid(`it ends inside its ${what}, after ${taken + piece.length} of ${length} bytes`)
  }
  return Buffer.concat(pieces)
}

function expandManifest(compressed: Buffer): Buffer {
  try {
    return zstdDecompressSync(compressed, { maxOutputLength: manifestRoomBytes(compressed.length) })
  } catch (cause) {
    throw bundleInvalid('its manifest does not decompress', cause)
  }
}

function lengthOf(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32LE(bytes.length)
  return length
}

export function bundleInvalid(reason: string, cause?: unknown): AppError {
  return new AppError(
    'IMAGE_BUNDLE_INVALID',
    `the bundle cannot be used: ${reason}`,
    'Nothing was published. Copy or export the file again, then import it: chunks that are there are not sent twice.',
    { cause },
  )
}
