// Where a wiped disk is read back, and the pattern that is written to it: both come from one seed, so that whoever knows it can say what
// every byte has to be. Pure.
import { createCipheriv, createHash } from 'node:crypto'

/** Of each place. */
export const SAMPLE_BYTES = 16 * 1024
/** Places begin on the largest sector that disks have. */
const GRID_BYTES = 4096
const AES_BLOCK_BYTES = 16

/** Its beginning, its end, and places in between that nobody can tell who does not know the seed. Some may overlap. */
export function samplePlaces(seed: string, sizeBytes: number, count: number): number[] {
  const lastSlot = Math.floor(Math.max(0, sizeBytes - SAMPLE_BYTES) / GRID_BYTES)
  return Array.from({ length: count }, (_, index) => {
    if (index === 0) return 0
    if (index === 1) return lastSlot * GRID_BYTES
    const draw = createHash('sha256').update(`platen wipe place\n${seed}\n${index}`).digest().readBigUInt64BE()
    return Number(draw % BigInt(lastSlot + 1)) * GRID_BYTES
  })
}

/** What stands at this place of the disk when it was overwritten: AES-256 in counter mode, counted from the beginning of the disk. */
export function patternAt(seed: string, offset: number, length: number): Buffer {
  return patternFrom(seed, offset)(length)
}

/** The same, piece after piece. The offset is a multiple of sixteen. */
export function patternFrom(seed: string, offset: number): (length: number) => Buffer {
  const key = createHash('sha256').update(`platen wipe pattern\n${seed}`).digest()
  const counter = Buffer.alloc(AES_BLOCK_BYTES)
  counter.writeBigUInt64BE(BigInt(offset / AES_BLOCK_BYTES), 8)
  const cipher = createCipheriv('aes-256-ctr', key, counter)
  return (length) => cipher.update(Buffer.alloc(length))
}

export const digestOfBytes = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
