// What was captured: the manifest of one version, and how images look to a person. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedList } from './lists.ts'
import { NamedObject, NamedUnion } from './named.ts'
import { PersonaliseWish } from './personalise.ts'
import { Probed } from './probed.ts'
import { Architecture, Digest, Features, Firmware, Instant, Name, SizeBytes } from './values.ts'
import { VersionSignature } from './version-signature.ts'

export const MANIFEST_FORMAT = 2

/** How a partition's used blocks were found. `lvm`, `md`: by what the volumes and arrays hold that it is a member of; `raw`: all of it; `empty`: none of it (reserved partitions). */
export const ContentKind = NamedUnion('ContentKind', [
  Type.Literal('ext'),
  Type.Literal('fat'),
  Type.Literal('xfs'),
  Type.Literal('btrfs'),
  Type.Literal('exfat'),
  Type.Literal('ntfs'),
  Type.Literal('f2fs'),
  Type.Literal('swap'),
  Type.Literal('lvm'),
  Type.Literal('md'),
  Type.Literal('raw'),
  Type.Literal('empty'),
])
export type ContentKind = Static<typeof ContentKind>

/** How a disk is to be read when more than one reading of it can be true. */
export const ReadAs = NamedUnion('ReadAs', [
  Type.Literal('gpt'),
  Type.Literal('mbr'),
  Type.Literal('filesystem'),
  Type.Literal('raw'),
])
export type ReadAs = Static<typeof ReadAs>

const Uuid = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })

export const GptPartition = Type.Object({
  number: Type.Integer({ minimum: 1 }),
  startBytes: SizeBytes,
  sizeBytes: SizeBytes,
  typeId: Uuid,
  id: Uuid,
  /** 64 bits as hex: required, no-block-io, legacy-boot and the bits of the type (UEFI 2.10 §5.3.3). */
  attributes: Type.String({ pattern: '^[0-9a-f]{16}$' }),
  name: Type.String({ maxLength: 36 }),
})
export type GptPartition = Static<typeof GptPartition>

export const GptTable = Type.Object({
  kind: Type.Literal('gpt'),
  id: Uuid,
  entryCount: Type.Integer({ minimum: 1, maximum: 4096 }),
  /** First byte that partitions may use; the space in front of it belongs to the table. */
  firstUsableBytes: SizeBytes,
  partitions: Type.Array(GptPartition),
  /** Sector 0 before its partition entries (440 bytes, base64): what a BIOS starts. */
  bootCode: Type.String(),
  /** All of sector 0 (base64) with what stands behind the boot code: active flags, entries of a hybrid MBR. Left out: a plain protective MBR. */
  firstSector: Type.Optional(Type.String()),
  /** Where the entries begin when that is not sector 2: boot loaders of single-board computers stand there. */
  entriesStartBytes: Type.Optional(SizeBytes),
})
export type GptTable = Static<typeof GptTable>

export const MbrPartition = Type.Object({
  /** 1 to 4 are primary, from 5 on logical. */
  number: Type.Integer({ minimum: 1 }),
  startBytes: SizeBytes,
  sizeBytes: SizeBytes,
  /** One byte, such as 0x83. */
  typeId: Type.Integer({ minimum: 1, maximum: 255 }),
  /** Holds the logical partitions and their records, nothing else. */
  isContainer: Type.Boolean(),
})
export type MbrPartition = Static<typeof MbrPartition>

export const MbrTable = Type.Object({
  kind: Type.Literal('mbr'),
  /** The disk signature, 8 hex digits. */
  id: Type.String({ pattern: '^[0-9a-f]{8}$' }),
  partitions: Type.Array(MbrPartition),
  /** The sectors that make the table: the first of the disk with its boot code, one for each logical partition. As they are. */
  records: Type.Array(Type.Object({ startBytes: SizeBytes, bytes: Type.String() }), { minItems: 1 }),
})
export type MbrTable = Static<typeof MbrTable>

/** No table: one filesystem from the first sector on. By its own id the disk is known again, as others are by that of their table. */
export const NoTable = Type.Object({ kind: Type.Literal('none'), id: Type.Optional(Type.String()) })

export const PartitionTable = Type.Union([GptTable, MbrTable, NoTable])
export type PartitionTable = Static<typeof PartitionTable>

/** What one partition (0: the disk itself) holds. */
export const PartitionContent = Type.Object({
  number: Type.Integer({ minimum: 0 }),
  content: ContentKind,
  usedBytes: SizeBytes,
  filesystemBytes: Type.Optional(SizeBytes), // by its superblock; older images do not say
  broken: Type.Optional(Type.String()), // in the words of its own check; taken as it is
})
export type PartitionContent = Static<typeof PartitionContent>

/** Where the blocks of a chunk lie (4 KiB each) that is not stored as one: in these stored chunks, by runs of blocks (src/imaging/composition.ts). */
const COMPOSITION = { chunks: Type.Array(Digest, { maxItems: 128 }), blocks: Type.String() }
export const Composition = Type.Object(COMPOSITION)
export type Composition = Static<typeof Composition>

/** As older images say it: neighbouring sections of 128 KiB, from which section of a stored chunk on. Without a chunk: zeros. */
const SectionRun = Type.Object({
  chunk: Type.Optional(Digest),
  from: Type.Integer({ minimum: 0, maximum: 127 }),
  count: Type.Integer({ minimum: 1, maximum: 128 }),
})

/** A chunk of the disk that is not stored as one. position: its place in digests. */
export const ComposedChunk = Type.Union([
  Type.Object({ position: Type.Integer({ minimum: 0 }), ...COMPOSITION }),
  Type.Object({ position: Type.Integer({ minimum: 0 }), runs: Type.Array(SectionRun, { minItems: 1, maxItems: 128 }) }),
])
export type ComposedChunk = Static<typeof ComposedChunk>

const BlocksOfMember = Type.Object({
  /** From the beginning of its partition. */
  startBytes: SizeBytes,
  /** base64 */
  bytes: Type.String({ maxLength: 16_384 }),
})

/** A partition (0: the disk itself) that is a member of an md array. What the array holds is among the used blocks of its members. */
export const ArrayMember = Type.Object({
  number: Type.Integer({ minimum: 0 }),
  arrayId: Type.String({ pattern: '^[0-9a-f]{32}$' }),
  arrayName: Type.String({ maxLength: 64 }),
  metadata: Type.Union([Type.Literal('0.90'), Type.Literal('1.0'), Type.Literal('1.1'), Type.Literal('1.2')]),
  level: Type.Integer(),
  /** As the kernel numbers it. */
  layout: Type.Integer({ minimum: 0 }),
  chunkBytes: Type.Integer({ minimum: 0 }),
  memberCount: Type.Integer({ minimum: 1 }),
  /** Its place in the array; left out: a spare. */
  role: Type.Optional(Type.Integer({ minimum: 0 })),
  superblock: BlocksOfMember,
  /** The first sector of the write-intent bitmap. */
  bitmap: Type.Optional(BlocksOfMember),
})
export type ArrayMember = Static<typeof ArrayMember>

export const DiskManifest = Type.Object({
  sizeBytes: SizeBytes,
  sectorBytes: Type.Union([Type.Literal(512), Type.Literal(4096)]),
  table: PartitionTable,
  contents: Type.Array(PartitionContent),
  usedBytes: SizeBytes,
  chunkBytes: Type.Integer({ minimum: 65_536, maximum: 16_777_216 }),
  /** Used extents in disk order: gap and length in units of 512 bytes as LEB128 numbers, base64. */
  extents: Type.String(),
  /** One digest (32 bytes: SHA-256 over those of its sections) for each chunk of the grid that holds a used byte, in disk order, base64. */
  digests: Type.String(),
  /** Those of them that lie in other stored chunks, by position. All others are stored under their own digest. */
  composed: Type.Optional(Type.Array(ComposedChunk)),
  /** What libblkid said of disk and partitions; left out where nobody could ask it. */
  probed: Type.Optional(Probed),
  /** Superblocks of md arrays; written apart from the content, as the table is. */
  members: Type.Optional(Type.Array(ArrayMember, { maxItems: 4096 })),
  /** The partition that grows on a larger disk, when the image names one; left out: the last that can. */
  grow: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Over the used blocks in disk order: chunk size, extents and digests. The partition table is not part of it. */
  contentDigest: Digest,
})
export type DiskManifest = Static<typeof DiskManifest>

/** One version. Content only, no dates and no job. Equal disks have equal content digests, however their chunks are stored. */
export const Manifest = Type.Object({
  format: Type.Literal(MANIFEST_FORMAT),
  disks: Type.Array(DiskManifest, { minItems: 1 }),
})
export type Manifest = Static<typeof Manifest>

/** What a version starts on and what it offers: found in its content, told by who made it, or said by a person, who has the last word. */
const startsOnFields = {
  /** Left out: nobody knows, and it is given to machines of every processor type. */
  architecture: Type.Optional(Architecture),
  /** Left out: nobody knows. */
  firmware: Type.Optional(Type.Array(Firmware, { minItems: 1, uniqueItems: true })),
  /** What it provides; nodes ask for it by name. */
  features: Type.Optional(Features),
}
/** PUT /images/:imageName/versions/:version/facts: in the place of what was known; what is left out stays as it is. */
export const VersionFacts = NamedObject('VersionFacts', startsOnFields, { additionalProperties: false, minProperties: 1 })
export type VersionFacts = Static<typeof VersionFacts>

/** A version as the operator sees it. */
export const ImageVersionView = NamedObject('ImageVersionView', {
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
  /** What that profile says that copies get of their own. */
  personalise: Type.Optional(PersonaliseWish),
  /** Who made it, and who brought it here. Left out: it is older than signatures. */
  signatures: Type.Optional(Type.Array(VersionSignature, { maxItems: 16 })),
  /** The appliance that it came from: `central`, or a site. Left out: it was made or brought here. */
  origin: Type.Optional(Type.String()),
  ...startsOnFields,
})
export type ImageVersionView = Static<typeof ImageVersionView>

export const ImageView = NamedObject('ImageView', { name: Name, versions: Type.Array(ImageVersionView) })
export type ImageView = Static<typeof ImageView>

/** GET /images */
export const ImageList = NamedList('ImageList', 'images', ImageView)
export type ImageList = Static<typeof ImageList>

/** A name that points to one version and can be moved to another: stable, canary. */
export const TagParams = Type.Object({ imageName: Name, version: Type.Integer({ minimum: 1 }), tag: Name })
export type TagParams = Static<typeof TagParams>

export const PartitionDiff = NamedObject('PartitionDiff', {
  number: Type.Integer(),
  content: ContentKind,
  change: Type.Union([Type.Literal('added'), Type.Literal('removed'), Type.Literal('kept')]),
  usedBytesBefore: SizeBytes,
  usedBytesAfter: SizeBytes,
  /** Used bytes in chunks that are not the same in both. */
  changedBytes: SizeBytes,
})
export type PartitionDiff = Static<typeof PartitionDiff>

/** GET /images/:imageName/diff/:from/:to */
export const VersionDiff = NamedObject('VersionDiff', {
  imageName: Name,
  from: Type.Integer(),
  to: Type.Integer(),
  sameContent: Type.Boolean(),
  sameTable: Type.Boolean(),
  chunkCount: Type.Integer(),
  changedChunks: Type.Integer(),
  changedBytes: SizeBytes,
  partitions: Type.Array(PartitionDiff),
})
export type VersionDiff = Static<typeof VersionDiff>
