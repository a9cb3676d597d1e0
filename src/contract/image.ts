// What was captured: the manifest of one version, and how images look to a person. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { Digest, Instant, Name, SizeBytes } from './values.ts'

/** A version as the operator sees it. */
export const ImageVersionView = Type.Object({
  imageName: Name,
  version: Type.Integer({ minimum: 1 }),
  manifestDigest: Digest,
  /** Digest over the used blocks in disk order: two disks that hold the same version have the same one. */
  contentDigest: Digest,
  createdAt: Instant,
  tags: Type.Array(Type.String()),
  diskSizeBytes: SizeBytes,
  usedBytes: SizeBytes,
  /** Distinct chunks, and how many bytes of them no earlier version had (compressed, as stored). */
  chunkCount: Type.Integer(),
  addedBytes: SizeBytes,
  jobId: Type.Optional(Type.String()),
  nodeId: Type.Optional(Type.String()),
  profile: Type.Optional(Type.String()),
  profileRevision: Type.Optional(Type.String()),
})
export type ImageVersionView = Static<typeof ImageVersionView>

export const ImageView = Type.Object({ name: Name, versions: Type.Array(ImageVersionView) })
export type ImageView = Static<typeof ImageView>
