// Extents as they stand in a manifest: gap and length in 512-byte units, LEB128 numbers, base64. Pure.
// A fragmented filesystem of 2 TB has about a million extents: 4 to 6 MB this way, ten times less than as JSON.
import { AppError } from '../contract/errors.ts'
import type { Extent } from './extents.ts'
import { NumberReader, pushNumber } from './leb128.ts'

export const UNIT_BYTES = 512

/** The extents must be in order and made of whole units. */
export function encodeExtents(extents: readonly Extent[]): string {
  const bytes: number[] = []
  let end = 0
  for (const { offset, length } of extents) {
    pushNumber(bytes, (offset - end) / UNIT_BYTES)
    pushNumber(bytes, length / UNIT_BYTES)
    end = offset + length
  }
  return Buffer.from(bytes).toString('base64')
}

/** Throws IMAGE_MANIFEST_INVALID, also for what would lie behind the end of the disk: before anything is made of it. */
export function decodeExtents(text: string, diskBytes = Number.MAX_SAFE_INTEGER): Extent[] {
  const numbers = new NumberReader(Buffer.from(text, 'base64'))
  const extents: Extent[] = []
  let end = 0
  const next = (): number => {
    const value = numbers.next()
    if (value === undefined) throw invalid(`they stop in the middle of a number, behind ${extents.length} extents`)
    return value
  }
  while (!numbers.isAtEnd) {
    const gap = next() * UNIT_BYTES
    const length = next() * UNIT_BYTES
    if (length === 0 || (gap === 0 && extents.length > 0))
      throw invalid(`extent ${extents.length} is empty or touches the one before`)
    extents.push({ offset: end + gap, length })
    end += gap + length
    if (end > diskBytes) throw invalid(`extent ${extents.length - 1} ends at byte ${end}, the disk at byte ${diskBytes}`)
  }
  return extents
}

function invalid(reason: string): AppError {
  return new AppError('IMAGE_MANIFEST_INVALID', `the used extents of the manifest cannot be read: ${reason}`, MANIFEST_HINT)
}

const MANIFEST_HINT =
  'Capture the image again; if the manifest came out of the store, check the store with `platen image verify`.'
