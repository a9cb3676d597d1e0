// How chunks and manifests travel between agent and appliance, under /agent/v1. Pure: schemas and their types.
// Bodies with many chunks are frames (src/imaging/chunk-frames.ts); a manifest travels as zstd-compressed JSON.
import { type Static, Type } from 'typebox'
import { Composition } from './image.ts'
import { NamedObject } from './named.ts'
import { Digest, Name, SizeBytes } from './values.ts'

export const MANIFEST_TYPE = 'application/zstd'
/** Chunks as frames: src/imaging/chunk-frames.ts. */
export const CHUNK_STREAM_TYPE = 'application/vnd.platen.chunks'
/** A version as one file: src/imaging/bundle.ts. */
export const BUNDLE_TYPE = 'application/vnd.platen.bundle'

/** POST /jobs/:jobId/chunks?leaseId= (body: frames): may be repeated; chunks that are there change nothing. */
export const ChunkUpload = Type.Object({ leaseId: Type.String() })
export type ChunkUpload = Static<typeof ChunkUpload>
export const ChunkUploadAnswer = NamedObject('ChunkUploadAnswer', { stored: Type.Integer() })
export type ChunkUploadAnswer = Static<typeof ChunkUploadAnswer>

/** POST /chunks/fetch: the answer is frames in the order asked. */
export const ChunkFetch = NamedObject('ChunkFetch', {
  digests: Type.Array(Digest, { minItems: 1, maxItems: 256 }),
  /** They came with other content than their digests say: what the store has is checked once more. */
  again: Type.Optional(Type.Boolean()),
})
export type ChunkFetch = Static<typeof ChunkFetch>

/** POST /chunks/sections: digests of the sections of stored chunks, 32 bytes each, base64. Chunks that the store lacks are left out. */
export const SectionsQuery = NamedObject('SectionsQuery', { digests: Type.Array(Digest, { minItems: 1, maxItems: 256 }) })
export type SectionsQuery = Static<typeof SectionsQuery>
export const SectionsAnswer = NamedObject('SectionsAnswer', {
  chunks: Type.Array(Type.Object({ digest: Digest, sections: Type.String() })),
})
export type SectionsAnswer = Static<typeof SectionsAnswer>

/** POST /chunks/blocks: 8 bytes of SHA-256 for each 4 KiB of stored chunks, base64. Chunks that the store lacks are left out. */
export const BlocksQuery = NamedObject('BlocksQuery', { digests: Type.Array(Digest, { minItems: 1, maxItems: 64 }) })
export type BlocksQuery = Static<typeof BlocksQuery>
export const BlocksAnswer = NamedObject('BlocksAnswer', {
  chunks: Type.Array(Type.Object({ digest: Digest, blocks: Type.String() })),
})
export type BlocksAnswer = Static<typeof BlocksAnswer>

/**
 * POST /chunks/differences: what somebody lacks of chunks who holds something like them. blocks: 8 bytes of SHA-256 for each 4 KiB that they
 * hold, base64; composition: where those of the chunk lie, when it is not stored as one. The answer is frames in the order asked, each a byte (0: the
 * whole chunk follows, 1: a difference) and zstd.
 */
export const DifferencesQuery = Type.Object({
  chunks: Type.Array(
    Type.Object({
      digest: Digest,
      blocks: Type.String({ maxLength: 65_536 }),
      composition: Type.Optional(Composition),
    }),
    { minItems: 1, maxItems: 64 },
  ),
})
export type DifferencesQuery = Static<typeof DifferencesQuery>

/** GET /images/:imageName/versions/:version/manifest */
export const VersionParams = Type.Object({ imageName: Name, version: Type.Integer({ minimum: 1 }) })
export type VersionParams = Static<typeof VersionParams>

/** POST /jobs/:jobId/manifest?leaseId= */
export const ManifestUpload = Type.Object({
  leaseId: Type.String(),
  /** An import: the signatures that came with it, as JSON in base64url. Each has to be good. */
  signatures: Type.Optional(Type.String({ maxLength: 8000, pattern: '^[A-Za-z0-9_-]*$' })),
})
export type ManifestUpload = Static<typeof ManifestUpload>

/** Below the operator API: the same requests that agents make, with an import's id as job id, for tools that bring or fetch images. */
export const TRANSFER_PATH = '/transfer'

/** POST /images/:imageName/imports; DELETE /imports/:importId gives it up. Publishing its manifest ends it. */
export const ImportStart = NamedObject('ImportStart', { importId: Type.String() })
export type ImportStart = Static<typeof ImportStart>

/** POST /jobs/:jobId/reservation */
export const ReservationAnswer = NamedObject('ReservationAnswer', {
  reserved: Type.Boolean(),
  /** The newest version of the image, or else what the node runs: most of its chunks will be there again. Left out: there is none. */
  previous: Type.Optional(Type.Object({ imageName: Name, version: Type.Integer({ minimum: 1 }) })),
})
export type ReservationAnswer = Static<typeof ReservationAnswer>

/** PUT /jobs/:jobId/image: a part is here; or all of it, which is a version now. */
export const UploadGoesOn = NamedObject('UploadGoesOn', { receivedBytes: SizeBytes })
export type UploadGoesOn = Static<typeof UploadGoesOn>
export const UploadPublished = NamedObject('UploadPublished', { imageName: Name, version: Type.Integer({ minimum: 1 }) })
export type UploadPublished = Static<typeof UploadPublished>
