// What a capture reads of a disk, and the manifest that comes of it. Pure.
import { AppError } from '../contract/errors.ts'
import type {
  ArrayMember,
  ComposedChunk,
  ContentKind,
  DiskManifest,
  PartitionContent,
  PartitionTable,
} from '../contract/image.ts'
import type { Probed } from '../contract/probed.ts'
import { CHUNK_BYTES, type ChunkSpan, chunkSpans, contentDigestOf, encodeDigests } from './chunk-grid.ts'
import { alignExtents, type Extent, intersectExtents, normalizeExtents, shiftExtents, totalBytes } from './extents.ts'
import { encodeExtents, UNIT_BYTES } from './extents-codec.ts'
import type { DiskGeometry } from './gpt.ts'
import { partitionRanges } from './grow-plan.ts'
import { formatBytes } from './plan-text.ts'

/** A partition (number 0: the whole disk) and its used blocks, counted from its own beginning. */
export interface UsedContent {
  readonly number: number
  readonly startBytes: number
  readonly sizeBytes: number
  readonly content: ContentKind
  readonly used: readonly Extent[]
  /** What more there is to say of it, for the log. */
  readonly notes?: readonly string[]
  /** Its own size, as its superblock tells it. */
  readonly filesystemBytes?: number
  /** Its own check finds it broken, in these words, and it was to be taken all the same. */
  readonly broken?: string
  /** It is a member of an array. */
  readonly member?: ArrayMember
}

export interface CapturePlan {
  readonly geometry: DiskGeometry
  readonly table: PartitionTable
  readonly contents: readonly UsedContent[]
  /** Used extents of the whole disk, in order. */
  readonly extents: readonly Extent[]
  readonly spans: readonly ChunkSpan[]
  readonly usedBytes: number
  /** The partition that the capture says is to grow on larger disks. */
  readonly grow: number | undefined
  readonly probed: Probed | undefined
}

export interface CapturedDisk {
  readonly geometry: DiskGeometry
  readonly table: PartitionTable
  readonly contents: readonly UsedContent[]
  /** Name or number of the partition that is to grow on larger disks. */
  readonly grow?: string | undefined
  /** What the system's prober says of it. */
  readonly probed?: Probed | undefined
}

/** Throws IMAGE_TABLE_INVALID when the partition that is to grow is not there. */
export function planCapture({ geometry, table, contents, grow, probed }: CapturedDisk): CapturePlan {
  const clipped = contents.map((content) => ({ ...content, used: clip(content) }))
  const extents = normalizeExtents(clipped.flatMap((content) => shiftExtents(content.used, content.startBytes)))
  return {
    geometry,
    table,
    contents: clipped,
    extents,
    spans: chunkSpans(extents, CHUNK_BYTES),
    usedBytes: totalBytes(extents),
    grow: grow === undefined ? undefined : growingPartition(grow, table, geometry),
    probed,
  }
}

/** The chunks of a disk as they came to be stored. */
export interface StoredDisk {
  /** One for each span. */
  readonly digests: readonly string[]
  /** Those that are not stored as one, in order. */
  readonly composed: readonly ComposedChunk[]
}

/** The manifest, once every chunk has its digest. */
export function diskManifestOf(plan: CapturePlan, { digests, composed }: StoredDisk): DiskManifest {
  const members = membersOf(plan)
  return {
    sizeBytes: plan.geometry.sizeBytes,
    sectorBytes: plan.geometry.sectorBytes === 4096 ? 4096 : 512,
    table: plan.table,
    contents: plan.contents.map(partitionContentOf),
    usedBytes: plan.usedBytes,
    chunkBytes: CHUNK_BYTES,
    extents: encodeExtents(plan.extents),
    digests: encodeDigests(digests),
    ...(composed.length === 0 ? {} : { composed: [...composed] }),
    ...(members.length === 0 ? {} : { members }),
    ...(plan.grow === undefined ? {} : { grow: plan.grow }),
    ...(plan.probed === undefined ? {} : { probed: plan.probed }),
    contentDigest: contentDigestOf(CHUNK_BYTES, plan.extents, digests),
  }
}

export const membersOf = ({ contents }: Pick<CapturePlan, 'contents'>): ArrayMember[] =>
  contents.flatMap(({ member }) => (member === undefined ? [] : [member]))

function partitionContentOf({ number, content, used, filesystemBytes, broken }: UsedContent): PartitionContent {
  return {
    number,
    content,
    usedBytes: totalBytes(used),
    ...(filesystemBytes === undefined ? {} : { filesystemBytes }),
    ...(broken === undefined ? {} : { broken }),
  }
}

export function describeCapture(plan: CapturePlan): string[] {
  const lines = plan.contents.flatMap(({ number, content, used, sizeBytes, notes = [] }) => {
    const name = number > 0 ? `partition ${number}` : plan.table.kind === 'none' ? 'disk' : 'outside of partitions'
    const line = `${name}: ${content}, ${formatBytes(totalBytes(used))} of ${formatBytes(sizeBytes)} in use, ${used.length} extents`
    return [line, ...notes.map((note) => `${name}: ${note}`)]
  })
  return [...lines, `to read: ${formatBytes(plan.usedBytes)} in ${plan.spans.length} chunks of ${formatBytes(CHUNK_BYTES)}`]
}

function growingPartition(wanted: string, table: PartitionTable, { sizeBytes }: DiskGeometry): number {
  const ranges = partitionRanges(table, sizeBytes)
  const named = table.kind === 'gpt' ? table.partitions.filter(({ name }) => name === wanted) : []
  const found = named.length > 0 ? named : ranges.filter(({ number }) => String(number) === wanted)
  if (found.length === 1) return found[0]!.number
  const there = ranges.map((range) => ('name' in range && range.name !== '' ? `${range.number} "${range.name}"` : range.number))
  throw new AppError(
    'IMAGE_TABLE_INVALID',
    `"${wanted}" is to grow on larger disks, but ${found.length} partitions of this disk are called so; there are ${there.join(', ')}`,
    'Name one of them, by its name in the table or by its number: grow in the profile under capture, or --grow of the job.',
  )
}

/** A map that runs over the end of its partition must not reach into the next one. */
function clip({ used, sizeBytes }: UsedContent): Extent[] {
  const whole = [{ offset: 0, length: sizeBytes }]
  return intersectExtents(alignExtents(normalizeExtents(used), UNIT_BYTES), whole)
}
