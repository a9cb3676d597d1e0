// Reads a disk: all of it, or as much of it as there is time for, at places all over it. Only reads.
import { type FileHandle, open } from 'node:fs/promises'
import type { DiskMeasures } from '../../contract/hardware.ts'

const PIECE_BYTES = 4 * 1024 * 1024
/** A disk of which so many places cannot be read need not be read further. */
const MOST_BAD = 100
const SHOWN_BAD = 20

export interface SurfaceRead {
  readonly devicePath: string
  readonly sizeBytes: number
  readonly seconds: number
  /** However long it takes, one piece behind the other. */
  readonly isWhole: boolean
  readonly signal: AbortSignal
  tell(percent: number): void
  /** Monotonic. */
  nowMs(): number
}

type Surface = Pick<DiskMeasures, 'readBytes' | 'readSeconds' | 'isWhole' | 'badOffsets' | 'badReads'>

export async function readSurface(wish: SurfaceRead): Promise<Surface> {
  const handle = await open(wish.devicePath, 'r')
  try {
    return await readPieces(handle, wish)
  } finally {
    await handle.close()
  }
}

/** Of a disk, or of whatever reads like one. */
export async function readPieces(
  disk: Pick<FileHandle, 'read'>,
  { sizeBytes, seconds, isWhole, signal, tell, nowMs }: Omit<SurfaceRead, 'devicePath'>,
): Promise<Surface> {
  const count = Math.ceil(sizeBytes / PIECE_BYTES)
  const step = isWhole ? 1 : strideOf(count)
  const buffer = Buffer.alloc(PIECE_BYTES)
  const startMs = nowMs()
  const badOffsets: number[] = []
  let readBytes = 0
  let badReads = 0
  let done = 0
  for (let piece = 0; done < count && badReads < MOST_BAD; piece = (piece + step) % count) {
    signal.throwIfAborted()
    const elapsed = (nowMs() - startMs) / (seconds * 1000)
    if (!isWhole && elapsed >= 1) break
    tell(100 * (isWhole ? done / count : Math.max(elapsed, done / count)))
    const offset = piece * PIECE_BYTES
    const length = Math.min(PIECE_BYTES, sizeBytes - offset)
    try {
      readBytes += (await disk.read(buffer, 0, length, offset)).bytesRead
    } catch (error) {
      if (!isReadError(error)) throw error
      badReads++
      if (badOffsets.length < SHOWN_BAD) badOffsets.push(offset)
    }
    done++
  }
  return { readBytes, readSeconds: (nowMs() - startMs) / 1000, isWhole: done === count, badOffsets, badReads }
}

/** Comes to every piece once, and never to neighbours one after the other: whenever it stops, what was read lies all over the disk. */
export function strideOf(count: number): number {
  for (let step = Math.max(1, Math.round(count * 0.618)); step > 1; step--) if (greatestDivisor(step, count) === 1) return step
  return 1
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b)
}

const isReadError = (error: unknown): boolean =>
  ['EIO', 'ENODATA', 'EILSEQ', 'EREMOTEIO', 'ETIMEDOUT'].includes((error as NodeJS.ErrnoException).code ?? '')
