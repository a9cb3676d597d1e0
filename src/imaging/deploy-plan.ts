// What a deploy does to a disk: checked against the disk and written down before the first write. Pure.
import { AppError } from '../contract/errors.ts'
import type { DiskManifest, PartitionTable } from '../contract/image.ts'
import { type CapturePlan, membersOf } from './capture-plan.ts'
import type { TargetChunk } from './chunk-grid.ts'
import { describeDeploy } from './deploy-words.ts'
import { alignExtents, type Extent, intersectExtents, normalizeExtents, shiftExtents, subtractExtents } from './extents.ts'
import { type DiskGeometry, encodeGpt, type Placed, resizeFirstSector } from './gpt.ts'
import { decideGrowth, type Growth } from './grow-plan.ts'
import { unpackDisk } from './manifest-codec.ts'
import { encodeMembers } from './md-members.ts'
import { withNewIds } from './new-ids.ts'
import { ALIGNMENT_BYTES, resizePartition } from './resize-table.ts'
import { decideShrink, type Shrink, splitChunks } from './shrink-plan.ts'
import { tableFault } from './table-check.ts'

export interface DeployPlan {
  readonly geometry: DiskGeometry
  readonly chunkBytes: number
  readonly chunks: readonly TargetChunk[]
  /** As it comes to stand on the target. */
  readonly table: PartitionTable
  /** The partition table for this disk, and superblocks of arrays. Written apart from the chunks. */
  readonly tableWrites: readonly Placed[]
  /** What the table and the image write, in order. */
  readonly kept: readonly Extent[]
  /** Blocks of the disk that neither the table nor the image uses, in order. */
  readonly unused: readonly Extent[]
  /** The partition whose filesystem is to fill a larger disk, once all is verified. */
  readonly growth: Growth | undefined
  /** The last partition where a smaller disk asks for a smaller filesystem, with the chunks that it is made of. */
  readonly shrunk: { readonly shrink: Shrink; readonly chunks: readonly TargetChunk[] } | undefined
  /** For the job's log, one step a line. */
  readonly lines: readonly string[]
}

export interface DeployWishes {
  /** Partitions keep the size of the image on a larger disk. */
  readonly keepSizes?: boolean | undefined
  /** Ids of its own for the copy; those of the partitions come of it. */
  readonly newTableId?: string | undefined
}

/** Throws IMAGE_SECTOR_SIZE_MISMATCH or IMAGE_DOES_NOT_FIT. */
export function planDeploy(disk: DiskManifest, target: DiskGeometry, wishes: DeployWishes = {}): DeployPlan {
  refuseOtherSectors(disk, target)
  const { extents, spans, digests, composed } = unpackDisk(disk)
  const { keepSizes = false } = wishes
  const shrink = decideShrink(disk, extents, target, keepSizes)
  const decision = keepSizes ? ({ kind: 'keeps', reason: undefined } as const) : decideGrowth(disk, target, extents)
  const growth = decision.kind === 'grows' ? decision.growth : undefined
  const table = tableFor(disk, target, growth ?? shrink, wishes)
  const tableWrites = [...encodeTable(table, target), ...encodeMembers(disk, target)]
  const chunks = spans.map((span, position): TargetChunk => {
    const composition = composed.get(position)
    return { ...span, digest: digests[position]!, ...(composition === undefined ? {} : { composition }) }
  })
  const { outside, inside } = shrink === undefined ? { outside: chunks, inside: [] } : splitChunks(chunks, shrink)
  const written = outside.flatMap(({ offset, used }) => shiftExtents(used, offset))
  refuseOverlap(written, tableWrites)
  refuseOutside(written, tableWrites, target)
  return {
    geometry: target,
    chunkBytes: disk.chunkBytes,
    chunks: outside,
    table,
    tableWrites,
    kept: normalizeExtents([...written, ...placesOf(tableWrites)]),
    unused: unusedOf(written, tableWrites, target),
    growth,
    shrunk: shrink === undefined ? undefined : { shrink, chunks: inside },
    lines: describeDeploy({ disk, target, table, decision, shrink, chunkCount: spans.length }),
  }
}

/** undefined: the disk itself could be written again as it was read; else why not. Asked by a capture, before it sends anything. */
export function ownDiskFault(plan: CapturePlan): string | undefined {
  const { table, geometry, extents } = plan
  const sectorBytes = geometry.sectorBytes === 4096 ? 4096 : 512
  const fault = tableFault({ table, sizeBytes: geometry.sizeBytes, sectorBytes })
  if (fault !== undefined) return fault
  const superblocks = encodeMembers({ table, sizeBytes: geometry.sizeBytes, members: membersOf(plan) }, geometry)
  const parts = normalizeExtents(placesOf([...encodeTable(table, geometry), ...superblocks]))
  const [first] = intersectExtents(extents, parts)
  return first === undefined ? undefined : `byte ${first.offset} is in use and belongs to the table as well`
}

function tableFor(
  disk: DiskManifest,
  target: DiskGeometry,
  resized: { readonly number: number; readonly toBytes: number } | undefined,
  { newTableId }: DeployWishes,
): PartitionTable {
  const own = withFirstSectorFor(disk, target)
  const table = newTableId === undefined ? own : withNewIds(own, newTableId)
  return resized === undefined ? table : resizePartition(table, resized.number, resized.toBytes, target.sectorBytes)
}

function withFirstSectorFor({ table, sizeBytes, sectorBytes }: DiskManifest, target: DiskGeometry): PartitionTable {
  if (table.kind !== 'gpt' || table.firstSector === undefined) return table
  const sectors = (bytes: number) => Math.floor(bytes / sectorBytes)
  const sector = resizeFirstSector(Buffer.from(table.firstSector, 'base64'), sectors(sizeBytes), sectors(target.sizeBytes))
  return { ...table, firstSector: sector.toString('base64') }
}

function refuseOtherSectors(disk: DiskManifest, target: DiskGeometry): void {
  if (disk.sectorBytes === target.sectorBytes) return
  throw new AppError(
    'IMAGE_SECTOR_SIZE_MISMATCH',
    `the image was made on sectors of ${disk.sectorBytes} bytes, this disk has sectors of ${target.sectorBytes}`,
    'Deploy to a disk with the same logical sector size, or capture an image from such a disk; tables and filesystems do not survive the change.',
  )
}

/** Whole mebibytes only: disks round what they are told to units of their own. */
function unusedOf(extents: readonly Extent[], tableWrites: readonly Placed[], { sizeBytes }: DiskGeometry): Extent[] {
  const needed = [...extents, ...placesOf(tableWrites)]
  const whole = [{ offset: 0, length: Math.floor(sizeBytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES }]
  return subtractExtents(whole, alignExtents(needed, ALIGNMENT_BYTES))
}

const placesOf = (writes: readonly Placed[]): Extent[] => writes.map(({ offset, bytes }) => ({ offset, length: bytes.length }))

function encodeTable(table: PartitionTable, target: DiskGeometry): Placed[] {
  switch (table.kind) {
    case 'gpt':
      return encodeGpt(table, target)
    case 'mbr':
      return table.records.map(({ startBytes, bytes }) => ({ offset: startBytes, bytes: Buffer.from(bytes, 'base64') }))
    case 'none':
      return []
  }
}

/** The last word before anything is written: nothing of the plan leaves the disk, and no part of the table lies on another. */
function refuseOutside(written: readonly Extent[], tableWrites: readonly Placed[], { sizeBytes }: DiskGeometry): void {
  const parts = placesOf(tableWrites).sort((a, b) => a.offset - b.offset)
  const isOut = ({ offset, length }: Extent) => offset < 0 || offset + length > sizeBytes
  const touches = parts.some(({ offset }, index) => index > 0 && offset < parts[index - 1]!.offset + parts[index - 1]!.length)
  const out = [...parts, ...written].find(isOut)
  if (out === undefined && !touches) return
  throw new AppError(
    'IMAGE_DOES_NOT_FIT',
    `the image needs ${out === undefined ? 'a larger disk for both copies of its table' : `bytes ${out.offset} to ${out.offset + out.length}`}; this disk has ${sizeBytes}`,
    'Choose a disk at least as large as the one that was captured.',
  )
}

/** A manifest whose used blocks lie under the table would destroy one of them. */
function refuseOverlap(extents: readonly Extent[], tableWrites: readonly Placed[]): void {
  const table = normalizeExtents(placesOf(tableWrites))
  if (intersectExtents(normalizeExtents(extents), table).length === 0) return
  throw new AppError(
    'IMAGE_MANIFEST_INVALID',
    'used blocks of the image lie where the partition table belongs',
    'Capture the image again; this version cannot be deployed.',
  )
}
