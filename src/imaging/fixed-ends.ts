// Why the end of a partition cannot move, though its filesystem could: something of the image would be overwritten or left behind. Pure.
import type { DiskManifest } from '../contract/image.ts'
import { type Extent, intersectExtents } from './extents.ts'

interface Range {
  readonly number: number
  readonly startBytes: number
  readonly sizeBytes: number
}

/** Filesystems round their size down to what they count in, and what was there before stands in the rest. */
const ROUNDING_BYTES = 1024 * 1024

/** extents: all that the image has. undefined: it can move. */
export function fixedEnd(
  { contents }: Pick<DiskManifest, 'contents'>,
  extents: readonly Extent[],
  ranges: readonly Range[],
  { number, startBytes, sizeBytes }: Range,
): string | undefined {
  const over = ranges.find((each) => each.number !== number && each.startBytes + each.sizeBytes > startBytes)
  if (over !== undefined) return `partition ${over.number} lies over it`
  const filesystemBytes = contents.find((content) => content.number === number)?.filesystemBytes
  if (filesystemBytes === undefined) return undefined
  const from = startBytes + filesystemBytes + ROUNDING_BYTES
  const [behind] = intersectExtents(extents, [{ offset: from, length: Math.max(0, startBytes + sizeBytes - from) }])
  return behind && `its filesystem ends at byte ${startBytes + filesystemBytes}, and what stands behind that belongs to the image`
}
