// Manifest as bytes: canonical JSON, so that equal content has equal bytes and one digest. Pure.
import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { Compile } from 'typebox/compile'
import { canonicalJson } from '../contract/canonical-json.ts'
import { AppError } from '../contract/errors.ts'
import { type ComposedChunk, type Composition, type DiskManifest, Manifest } from '../contract/image.ts'
import { BLOCK_BYTES } from './block-differences.ts'
import { SECTION_BYTES } from './chunk-digest.ts'
import { type ChunkSpan, chunkCountOf, chunkSpans, contentDigestOf, decodeDigests } from './chunk-grid.ts'
import { blockCountOf, compositionOf } from './composition.ts'
import { type Extent, totalBytes } from './extents.ts'
import { decodeExtents } from './extents-codec.ts'
import { membersFault } from './md-members.ts'
import { tableFault } from './table-check.ts'

const decompress = promisify(zstdDecompress)
const schema = Compile(Manifest)
/** As large as the manifest of a full disk of tens of terabytes. */
const MAX_EXPANDED_BYTES = 1024 * 1024 * 1024
/** Digests do not compress, extents do by a few times: what grows by more than this is no manifest. */
const MOST_GROWTH = 64
const SMALL_BYTES = 16 * 1024 * 1024
/** Far more levels than a manifest has; what walks through it takes as much memory as it is deep. */
const DEEPEST = 64
const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b
const QUOTE = 0x22
const BACKSLASH = 0x5c
const BLOCKS_OF_SECTION = SECTION_BYTES / BLOCK_BYTES
/** A grid of other chunks would cut pages of memory and sectors in two. */
const CHUNK_UNIT_BYTES = 4096

export function encodeManifest(manifest: Manifest): Buffer {
  return Buffer.from(canonicalJson(manifest))
}

export function manifestDigestOf(manifest: Manifest): string {
  return hash('sha256', encodeManifest(manifest), 'hex')
}

/** Throws IMAGE_MANIFEST_INVALID: wrong shape, or parts that contradict each other. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const value = parseJson(bytes)
  if (!schema.Check(value)) {
    const [first] = schema.Errors(value)
    throw invalid(first === undefined ? 'it has the wrong shape' : `${first.instancePath || 'it'} ${first.message}`)
  }
  for (const [index, disk] of value.disks.entries()) checkDisk(disk, index)
  return value
}

/** How large a manifest may become that is compressed to so many bytes: a few bytes must not ask for all memory. */
export const manifestRoomBytes = (compressedBytes: number): number =>
  Math.min(MAX_EXPANDED_BYTES, SMALL_BYTES + MOST_GROWTH * compressedBytes)

/** A manifest as it travels and is stored. Throws IMAGE_MANIFEST_INVALID. */
export async function expandManifest(compressed: Uint8Array): Promise<Manifest> {
  return decodeManifest(await expandedBytes(compressed))
}

async function expandedBytes(compressed: Uint8Array): Promise<Buffer> {
  const maxOutputLength = manifestRoomBytes(compressed.length)
  return decompress(compressed, { maxOutputLength }).catch((cause: Error) => {
    throw invalid(`it does not decompress to at most ${maxOutputLength} bytes (${cause.message})`)
  })
}

export interface DiskChunks {
  readonly extents: readonly Extent[]
  readonly spans: readonly ChunkSpan[]
  /** One for each span. */
  readonly digests: readonly string[]
  /** Where the blocks of chunks lie that are not stored as one, by position of the span. */
  readonly composed: ReadonlyMap<number, Composition>
}

/** The parts of a disk's manifest that are packed, unpacked. Throws IMAGE_MANIFEST_INVALID before it makes more than the manifest has digests for. */
export function unpackDisk(disk: DiskManifest): DiskChunks {
  const extents = decodeExtents(disk.extents, disk.sizeBytes)
  const chunkCount = chunkCountOf(extents, disk.chunkBytes)
  const digests = decodeDigests(disk.digests)
  if (chunkCount !== digests.length) throw invalid(`it has ${chunkCount} chunks but ${digests.length} digests`)
  return { extents, spans: chunkSpans(extents, disk.chunkBytes), digests, composed: composedOf(disk) }
}

/** The stored chunks that a version is made of: distinct digests, of all of its disks. */
export function storedChunksOf(manifest: Manifest): Set<string> {
  return new Set(
    manifest.disks.flatMap((disk) => {
      const composed = composedOf(disk)
      return decodeDigests(disk.digests).flatMap((digest, position) => composed.get(position)?.chunks ?? digest)
    }),
  )
}

/** The digest over the used blocks: of the only disk, or over those of several in their order. */
export function contentDigestOfManifest({ disks }: Manifest): string {
  const [only, ...others] = disks.map((disk) => disk.contentDigest)
  return others.length === 0 ? only! : hash('sha256', [only, ...others].join('\n'), 'hex')
}

function checkDisk(disk: DiskManifest, index: number): void {
  const fault = tableFault(disk)
  if (fault !== undefined) throw invalid(`the table of disk ${index} cannot be true: ${fault}`)
  const wrong = membersFault(disk)
  if (wrong !== undefined) throw invalid(`disk ${index}: ${wrong}`)
  if (disk.chunkBytes % CHUNK_UNIT_BYTES !== 0) throw invalid(`disk ${index} is cut into chunks of ${disk.chunkBytes} bytes`)
  const { extents, digests } = unpackDisk(disk)
  if (totalBytes(extents) !== disk.usedBytes)
    throw invalid(`disk ${index} names ${totalBytes(extents)} used bytes but says ${disk.usedBytes}`)
  checkComposed(disk, digests.length, index)
  if (contentDigestOf(disk.chunkBytes, extents, digests) !== disk.contentDigest)
    throw invalid(`the content digest of disk ${index} is another`)
}

function checkComposed({ composed = [], chunkBytes }: DiskManifest, chunkCount: number, index: number): void {
  const blocks = chunkBytes / BLOCK_BYTES
  let before = -1
  for (const chunk of composed) {
    const count = blockCountOf(compositionIn(chunk))
    if (chunk.position <= before || chunk.position >= chunkCount || count !== blocks)
      throw invalid(`disk ${index} composes chunk ${chunk.position} of ${count} blocks; it has ${chunkCount} chunks of ${blocks}`)
    before = chunk.position
  }
}

const composedOf = ({ composed = [] }: DiskManifest): Map<number, Composition> =>
  new Map(composed.map((chunk) => [chunk.position, compositionIn(chunk)]))

/** Older images tell it by sections. */
function compositionIn(chunk: ComposedChunk): Composition {
  if ('blocks' in chunk) return { chunks: chunk.chunks, blocks: chunk.blocks }
  const runs = chunk.runs.map((run) => ({ ...run, from: run.from * BLOCKS_OF_SECTION, count: run.count * BLOCKS_OF_SECTION }))
  return compositionOf(runs)
}

function parseJson(bytes: Uint8Array): unknown {
  if (isTooDeep(bytes)) throw invalid(`it is nested more than ${DEEPEST} levels deep`)
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error))
  }
}

function isTooDeep(bytes: Uint8Array): boolean {
  let depth = 0
  let isText = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte === QUOTE) isText = !isText
    else if (isText) at += byte === BACKSLASH ? 1 : 0
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++
    else if (byte === OPEN_BRACE + 2 || byte === OPEN_BRACKET + 2) depth--
    if (depth > DEEPEST) return true
  }
  return false
}

function invalid(reason: string): AppError {
  return new AppError(
    'IMAGE_MANIFEST_INVALID',
    `the manifest cannot be used: ${reason}`,
    'Use an agent and an appliance of the same version; if the manifest came out of the store, deploy another version of the image.',
  )
}
