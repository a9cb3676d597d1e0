// A composite bundle of a few kilobytes, signed by a key of its own, whose every part a test can make otherwise.
import { createHash, generateKeyPairSync, hash, sign } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import { type BundleEntry, type BundleIndex, COMPOSITE_FORMAT } from '../../src/contract/bundle.ts'
import { chunkDigest } from '../../src/imaging/chunk-digest.ts'
import { type BundleTaker, readBundle, writeBundle } from '../../src/imaging/composite-bundle.ts'
import { contentDigestOfManifest, encodeManifest, manifestDigestOf } from '../../src/imaging/manifest-codec.ts'
import type { MinisignSigner } from '../../src/imaging/minisign.ts'
import { manifestOf } from './small-manifest.ts'

export function newSigner(): MinisignSigner {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  return {
    keyId: createHash('sha256').update(spki).digest('hex').slice(0, 16),
    publicKey: spki.toString('base64url'),
    sign: (bytes) => sign(null, bytes, privateKey).toString('base64url'),
  }
}

const CONTENT = Buffer.alloc(4096, 'content ')
export const CHUNK = { digest: chunkDigest(CONTENT), compressed: zstdCompressSync(CONTENT) }
const MANIFEST = manifestOf([CHUNK.digest])
const COMPRESSED = zstdCompressSync(encodeManifest(MANIFEST))
const FILE = Buffer.from('a file of a profile')
const FILE_DIGEST = hash('sha256', FILE, 'hex')

export const IMAGE_ENTRY: BundleEntry = {
  kind: 'image',
  name: 'web@3',
  value: {
    imageName: 'web',
    version: 3,
    manifestDigest: manifestDigestOf(MANIFEST),
    contentDigest: contentDigestOfManifest(MANIFEST),
    createdAt: '2026-01-02T03:04:05.000Z',
    diskSizeBytes: MANIFEST.disks[0]!.sizeBytes,
    usedBytes: MANIFEST.disks[0]!.usedBytes,
    chunkCount: 1,
  },
  manifest: { digest: hash('sha256', COMPRESSED, 'hex'), sizeBytes: COMPRESSED.length },
}
export const CLASS_ENTRY: BundleEntry = { kind: 'class', name: 'lab', value: { name: 'lab', selector: { tags: ['lab'] } } }
/** Its files are carried although nothing names them, which is no harm. */
export const FILE_ENTRY: BundleEntry = {
  ...CLASS_ENTRY,
  name: 'other',
  value: { ...(CLASS_ENTRY.value as object), name: 'other' },
  files: [{ digest: FILE_DIGEST, sizeBytes: FILE.length }],
}

export const ENTRIES: readonly BundleEntry[] = [IMAGE_ENTRY, CLASS_ENTRY, FILE_ENTRY]

/** entries: what the index says, true or not. */
export async function smallBundle(
  entries: readonly BundleEntry[] = ENTRIES,
  signer = newSigner(),
  head: object = {},
): Promise<Buffer> {
  const index = {
    format: COMPOSITE_FORMAT,
    createdAt: '2026-01-02T03:04:05.000Z',
    createdBy: '1.0.0',
    entries: [...entries],
    ...head,
  } as BundleIndex
  const giver = {
    manifest: async () => ({ compressed: COMPRESSED, chunks: [CHUNK.digest] }),
    file: async function* () {
      yield FILE
    },
    chunk: async () => CHUNK.compressed,
  }
  const pieces: Uint8Array[] = []
  for await (const piece of writeBundle(index, giver, signer)) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** What a taker was given of it. Throws as readBundle does. */
export async function takenOf(bytes: Uint8Array, pieceBytes = 65_536): Promise<readonly string[]> {
  const seen: string[] = []
  const taker: BundleTaker = {
    onKey: (key) => void seen.push(`key ${key.keyId}`),
    onIndex: (index) => void seen.push(...index.entries.map(({ kind, name }) => `${kind} ${name}`)),
    async onManifest(digest) {
      seen.push(`manifest ${digest.slice(0, 8)}`)
      return [CHUNK.digest]
    },
    async onFile(digest, pieces) {
      for await (const _piece of pieces);
      seen.push(`file ${digest.slice(0, 8)}`)
    },
    onChunk: (digest) => void seen.push(`chunk ${digest.slice(0, 8)}`),
  }
  await readBundle(piecesOf(bytes, pieceBytes), taker)
  return seen
}

async function* piecesOf(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}
