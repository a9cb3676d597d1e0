// Whether a trial fits into a machine's memory. Pure.
import { AppError } from '../../contract/errors.ts'

const MIB = 1024 * 1024
/** The kernel gives its first root filesystem half of the memory. */
const ROOT_SHARE = 0.5
/** What a small system needs to run beside its root. */
const RUN_BYTES = 160 * MIB
/** What a packed tree is smaller by, at least, in nearly all cases: before it is packed nobody knows. */
const PACKED_SHARE = 0.6

export interface TrialSize {
  readonly unpackedBytes: number
  /** Left out: it is not packed yet. */
  readonly packedBytes?: number
}

export interface Memory {
  readonly totalBytes: number
  /** That the boot OS can still give. */
  readonly availableBytes: number
}

/** Throws AGENT_TRIAL_MEMORY. */
export function checkMemory(size: TrialSize, memory: Memory): void {
  const needed = neededBytes(size)
  if (needed > memory.totalBytes) throw lacks(needed, memory.totalBytes, 'has')
  // Once as a file, once more as the kernel keeps it for the start.
  const forPacking = (2 - (size.packedBytes === undefined ? 0 : 1)) * packedBytes(size)
  if (forPacking > memory.availableBytes) throw lacks(needed + forPacking - memory.availableBytes, memory.totalBytes, 'has')
}

/** Of the whole machine. */
export function neededBytes(size: TrialSize): number {
  const { unpackedBytes } = size
  return Math.ceil(Math.max(unpackedBytes / ROOT_SHARE + 0.1 * unpackedBytes, unpackedBytes + packedBytes(size) + RUN_BYTES))
}

const packedBytes = ({ unpackedBytes, packedBytes: known }: TrialSize): number => known ?? unpackedBytes * PACKED_SHARE

function lacks(neededBytes: number, hasBytes: number, verb: string): AppError {
  const words = (bytes: number) => `${Math.ceil(bytes / MIB)} MiB`
  return new AppError(
    'AGENT_TRIAL_MEMORY',
    `the version needs ${words(neededBytes)} of memory to be tried, and this machine ${verb} ${words(hasBytes)}`,
    'Try it on a machine with more memory, or deploy it: `platen job add deploy`.',
  )
}
