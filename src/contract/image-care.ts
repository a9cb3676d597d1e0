// How the store of images is looked after: checks, scrubs, retention, what goes and what is freed. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedObject } from './named.ts'
import { Digest, Instant, Name, SizeBytes } from './values.ts'
import { SignatureVerdict } from './version-signature.ts'

export const DamagedChunk = NamedObject('DamagedChunk', { digest: Digest, reason: Type.String() })
export type DamagedChunk = Static<typeof DamagedChunk>
/** All of it was read and digested; nothing damaged means that it is whole. */
export const VersionCheck = NamedObject('VersionCheck', {
  imageName: Name,
  version: Type.Integer({ minimum: 1 }),
  chunkCount: Type.Integer(),
  damaged: Type.Array(DamagedChunk),
  /** Empty: it is older than signatures. */
  signatures: Type.Array(SignatureVerdict),
})
export type VersionCheck = Static<typeof VersionCheck>

/** Either a result, or why it did not come to its end. */
const VersionCheckEnd = NamedObject('VersionCheckEnd', {
  startedAt: Instant,
  endedAt: Instant,
  result: Type.Optional(VersionCheck),
  failure: Type.Optional(Type.String()),
})
export type VersionCheckEnd = Static<typeof VersionCheckEnd>

/** POST /images/:imageName/versions/:version/verify begins to read all of it; GET tells how far it is, and what came of the last time. */
export const VersionCheckStatus = NamedObject('VersionCheckStatus', {
  isRunning: Type.Boolean(),
  startedAt: Type.Optional(Instant),
  checkedChunks: Type.Optional(Type.Integer()),
  chunkCount: Type.Integer(),
  last: Type.Optional(VersionCheckEnd),
})
export type VersionCheckStatus = Static<typeof VersionCheckStatus>

/** POST /images/:imageName/prune */
export const RetentionPolicy = NamedObject(
  'RetentionPolicy',
  {
    keepLast: Type.Integer({ minimum: 1, default: 3 }),
    keepDays: Type.Optional(Type.Integer({ minimum: 0 })),
    /** Only say what would go. */
    dryRun: Type.Boolean({ default: false }),
  },
  { additionalProperties: false },
)
export type RetentionPolicy = Static<typeof RetentionPolicy>

export const PruneResult = NamedObject('PruneResult', {
  imageName: Name,
  removed: Type.Array(Type.Integer()),
  kept: Type.Array(Type.Object({ version: Type.Integer(), because: Type.String() })),
})
export type PruneResult = Static<typeof PruneResult>

/** POST /images/collect */
export const CollectResult = NamedObject('CollectResult', {
  keptChunks: Type.Integer(),
  removedChunks: Type.Integer(),
  freedBytes: SizeBytes,
})
export type CollectResult = Static<typeof CollectResult>

/** What reading the whole store found. */
export const ScrubResult = NamedObject('ScrubResult', {
  checkedChunks: Type.Integer(),
  damaged: Type.Array(DamagedChunk),
  /** Versions that lack chunks now, and the nodes that run them: a capture from one of those brings the chunks back. */
  hurt: Type.Array(
    Type.Object({
      imageName: Name,
      version: Type.Integer(),
      chunks: Type.Integer(),
      heldBy: Type.Array(Type.String()),
      /** Its manifest cannot be read, so which chunks it needs is not known. */
      unreadable: Type.Optional(Type.String()),
    }),
  ),
})
export type ScrubResult = Static<typeof ScrubResult>

const ScrubReport = NamedObject('ScrubReport', { startedAt: Instant, endedAt: Instant, result: ScrubResult })

/** What the appliance keeps of scrubs. */
export const ScrubMemory = Type.Object({ since: Instant, last: Type.Optional(ScrubReport) })
export type ScrubMemory = Static<typeof ScrubMemory>

/** POST /images/scrub begins one; GET /images/scrub tells how far it is, and what the last one found. */
export const ScrubStatus = NamedObject('ScrubStatus', {
  isRunning: Type.Boolean(),
  startedAt: Type.Optional(Instant),
  checkedChunks: Type.Optional(Type.Integer()),
  last: Type.Optional(ScrubReport),
  /** Left out: only when somebody asks. */
  nextAt: Type.Optional(Instant),
})
export type ScrubStatus = Static<typeof ScrubStatus>

export const StoreSpace = NamedObject('StoreSpace', { totalBytes: SizeBytes, freeBytes: SizeBytes })
export type StoreSpace = Static<typeof StoreSpace>
