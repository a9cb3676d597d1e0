// A filesystem as its readers see it: bytes from its own beginning, wherever those lie. The port, and how its readers say no.

export interface Volume {
  readonly sizeBytes: number
  /** Fewer bytes than asked for only at the end of the volume. */
  read(offset: number, length: number): Promise<Buffer>
}

/** Its structures contradict each other: nobody can tell what of it is in use. Caught where the map was asked for. */
export class DamagedFilesystem extends Error {
  override readonly name = 'DamagedFilesystem'
}

/** The largest structure that any reader asks for at once. */
const MAX_READ_BYTES = 64 * 1024 * 1024

/** Throws DamagedFilesystem when a structure is said to be where the volume is not. */
export async function readExactly(volume: Volume, offset: number, length: number, what: string): Promise<Buffer> {
  const isInside = Number.isSafeInteger(offset) && offset >= 0 && length >= 0 && offset + length <= volume.sizeBytes
  if (!isInside) throw new DamagedFilesystem(`${what} is said to be at byte ${offset}, outside of its ${volume.sizeBytes} bytes`)
  if (length > MAX_READ_BYTES) throw new DamagedFilesystem(`${what} is said to have ${length} bytes`)
  const bytes = await volume.read(offset, length)
  if (bytes.length < length) throw new DamagedFilesystem(`${what} at byte ${offset} cannot be read to its end`)
  return bytes
}

/** A 64-bit number as a place or a length. Throws DamagedFilesystem beyond what any disk has. */
export function safeNumber(value: bigint, what: string): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new DamagedFilesystem(`${what} is ${value}`)
  return number
}

/** It was left in a state in which what is on the disk is not yet what it will be. Caught in the same place. */
export class UncleanFilesystem extends Error {
  override readonly name = 'UncleanFilesystem'
}

/** Its map is written in a way that no test here has proven: all of it is taken. Caught in the same place. */
export class UnprovenMap extends Error {
  override readonly name = 'UnprovenMap'
}
