// Bytes that do not lie in one run on one disk: arrays, logical volumes, partitions of either. Each space reads what it holds, tells where on the
// disks that is, and how the system makes a device of it. Pure but for the reads it is given.
import type { Extent } from './extents.ts'
import type { Volume } from './filesystems/volume.ts'
import type { MdLayout, MdPlace } from './md-layout.ts'

export interface DiskExtent extends Extent {
  /** Which of the disks, counted from 0. */
  readonly disk: number
}

/** How the system gets at a space as one device, to let its own programs look at it. */
export type DeviceRecipe =
  | { readonly kind: 'path'; readonly path: string }
  /** Without `of`: zeros. */
  | { readonly kind: 'pieces'; readonly pieces: readonly DevicePiece[] }
  | { readonly kind: 'stripes'; readonly chunkBytes: number; readonly length: number; readonly stripes: readonly DevicePlace[] }
  /** An md array of these members. */
  | { readonly kind: 'array'; readonly members: readonly DeviceRecipe[] }

export interface DevicePlace {
  readonly of: DeviceRecipe
  readonly offset: number
}
export interface DevicePiece extends Extent {
  readonly of?: DeviceRecipe
}

export interface Space extends Volume {
  /** Everything on the disks that belongs to these bytes: copies, and with parity the rest of their rows. Not in order. */
  placesOf(ranges: readonly Extent[]): readonly DiskExtent[]
  readonly device: DeviceRecipe
}

export interface Place {
  readonly space: Space
  readonly offset: number
}

export function spaceOnDisk(
  disk: number,
  { offset, length }: Extent,
  path: string,
  readDisk: (offset: number, length: number) => Promise<Buffer>,
): Space {
  return {
    sizeBytes: length,
    read: (at, count) => readDisk(offset + at, Math.max(0, Math.min(count, length - at))),
    placesOf: (ranges) => ranges.map((range) => ({ disk, offset: offset + range.offset, length: range.length })),
    device: { kind: 'path', path },
  }
}

interface Piece extends Extent {
  readonly space?: Space
}

/** Pieces one after the other; without a space: zeros that lie nowhere. */
export function spaceOfPieces(pieces: readonly Piece[]): Space {
  const starts: number[] = []
  let sizeBytes = 0
  for (const { length } of pieces) {
    starts.push(sizeBytes)
    sizeBytes += length
  }
  const split = function* ({ offset, length }: Extent) {
    const end = Math.min(offset + length, sizeBytes)
    for (let index = indexOf(starts, offset); index < pieces.length && starts[index]! < end; index++) {
      const piece = pieces[index]!
      const from = Math.max(offset, starts[index]!)
      const to = Math.min(end, starts[index]! + piece.length)
      if (from < to) yield { space: piece.space, offset: piece.offset + from - starts[index]!, length: to - from }
    }
  }
  return {
    sizeBytes,
    async read(offset, length) {
      const parts = [...split({ offset, length })]
      return Buffer.concat(
        await Promise.all(
          parts.map((part) => (part.space === undefined ? Buffer.alloc(part.length) : part.space.read(part.offset, part.length))),
        ),
      )
    },
    placesOf: (ranges) => perSpace(ranges.flatMap((range) => [...split(range)])),
    device: { kind: 'pieces', pieces: pieces.flatMap(devicePieces) },
  }
}

/** Pieces of pieces are pieces: devices on devices would be one more layer each. */
function devicePieces({ space, offset, length }: Piece): DevicePiece[] {
  if (space === undefined) return [{ offset, length }]
  if (space.device.kind !== 'pieces') return [{ of: space.device, offset, length }]
  const result: DevicePiece[] = []
  let start = 0
  for (const { of, ...inner } of space.device.pieces) {
    const from = Math.max(offset, start)
    const to = Math.min(offset + length, start + inner.length)
    if (from < to) result.push({ ...(of && { of }), offset: inner.offset + from - start, length: to - from })
    start += inner.length
  }
  return result
}

/** Chunk by chunk over several places, as LVM stripes. */
export function spaceOfStripes(stripes: readonly Place[], chunkBytes: number, layout: MdLayout): Space {
  const device = {
    kind: 'stripes' as const,
    chunkBytes,
    length: layout.sizeBytes,
    stripes: stripes.map(({ space, offset }) => ({ of: space.device, offset })),
  }
  return spaceOfLayout(layout, stripes, device)
}

/** Members by their places in the array; undefined: it is not there. */
export function spaceOfArray(layout: MdLayout, members: readonly (Place | undefined)[]): Space {
  const devices = members.flatMap((member) => (member === undefined ? [] : [member.space.device]))
  return spaceOfLayout(layout, members, { kind: 'array', members: devices })
}

function spaceOfLayout(layout: MdLayout, members: readonly (Place | undefined)[], device: DeviceRecipe): Space {
  const { sizeBytes } = layout
  const readMember = ({ member, offset }: MdPlace, length: number): Promise<Buffer> => {
    const place = members[member]
    if (place === undefined) throw new RangeError(`member ${member} is not there`)
    return place.space.read(place.offset + offset, length)
  }
  const isThere = ({ member }: MdPlace): boolean => members[member] !== undefined
  return {
    sizeBytes,
    async read(offset, length) {
      const parts: Promise<Buffer>[] = []
      const end = Math.min(offset + length, sizeBytes)
      for (let at = offset; at < end; ) {
        const run = layout.runAt(at, end - at)
        const copy = run.copies.find(isThere)
        const lost = run.rest ?? []
        parts.push(
          copy === undefined
            ? Promise.all(lost.map((place) => readMember(place, run.length))).then(exclusiveOr)
            : readMember(copy, run.length),
        )
        at += run.length
      }
      return Buffer.concat(await Promise.all(parts))
    },
    placesOf(ranges) {
      const rows = layout.rowsOf?.(ranges)
      const own: readonly (readonly Extent[])[] =
        rows === undefined ? copiesOf(layout, members.length, ranges) : members.map(() => rows)
      return members.flatMap((place, member) =>
        place === undefined ? [] : place.space.placesOf(shifted(own[member]!, place.offset)),
      )
    },
    device,
  }
}

/** By member. What follows on the same member is one extent at once: arrays have millions of chunks. */
function copiesOf(layout: MdLayout, memberCount: number, ranges: readonly Extent[]): Extent[][] {
  const own: Extent[][] = Array.from({ length: memberCount }, () => [])
  for (const { offset, length } of ranges) {
    const end = Math.min(offset + length, layout.sizeBytes)
    for (let at = offset; at < end; ) {
      const run = layout.runAt(at, end - at)
      for (const copy of run.copies) append(own[copy.member]!, copy.offset, run.length)
      at += run.length
    }
  }
  return own
}

function append(extents: Extent[], offset: number, length: number): void {
  const last = extents.at(-1)
  if (last !== undefined && last.offset + last.length === offset)
    extents[extents.length - 1] = { offset: last.offset, length: last.length + length }
  else extents.push({ offset, length })
}

/** Ranges of one space that follow each other are asked for together. */
function perSpace(parts: readonly { readonly space: Space | undefined; readonly offset: number; readonly length: number }[]) {
  const bySpace = new Map<Space, Extent[]>()
  for (const { space, offset, length } of parts) {
    if (space === undefined) continue
    const extents = bySpace.get(space) ?? []
    append(extents, offset, length)
    bySpace.set(space, extents)
  }
  return [...bySpace].flatMap(([space, extents]) => space.placesOf(extents))
}

function exclusiveOr(parts: readonly Buffer[]): Buffer {
  const [first = Buffer.alloc(0), ...others] = parts
  const result = Buffer.from(first)
  for (const other of others) for (let at = 0; at < result.length; at++) result[at]! ^= other[at] ?? 0
  return result
}

const shifted = (extents: readonly Extent[], by: number): Extent[] =>
  extents.map(({ offset, length }) => ({ offset: offset + by, length }))

/** The last that begins at or before it. */
function indexOf(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (starts[middle]! <= offset) low = middle
    else high = middle - 1
  }
  return Math.max(0, low)
}
