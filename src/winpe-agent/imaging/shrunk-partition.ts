// A filesystem made smaller in memory, before the disk is touched, and then brought to the disk and read back.
// Touches memory (a file below the temporary directory), the network and the disk.
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { freemem, tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { TargetChunk } from '../../imaging/chunk-grid.ts'
import type { Extent } from '../../imaging/extents.ts'
import { formatBytes } from '../../imaging/plan-text.ts'
import type { Shrink } from '../../imaging/shrink-plan.ts'
import type { StepContext } from '../performer.ts'
import { type ChunkClient, createChunkClient } from './chunk-client.ts'
import { chunkContents } from './chunk-content.ts'
import type { ImagingTools } from './imaging-tools.ts'
import { readAt, writeAt } from './open-disk.ts'
import type { TransferMeter } from './transfer-meter.ts'

const PIECE_BYTES = 1024 * 1024
/** Moving blocks together writes some of them twice, and the agent needs memory of its own. */
const MEMORY_FACTOR = 1.25
const MEMORY_RESERVE_BYTES = 128 * 1024 * 1024

export interface ShrunkPartition {
  readonly shrink: Shrink
  readonly file: FileHandle
  /** Counted from the beginning of the partition. */
  readonly used: readonly Extent[]
  release(): Promise<void>
}

/** Throws IMAGE_DOES_NOT_FIT when memory or the smaller size do not do; the disk is then as it was. */
export async function shrinkInMemory(
  shrink: Shrink,
  chunks: readonly TargetChunk[],
  imaging: ImagingTools,
  context: StepContext,
): Promise<ShrunkPartition> {
  refuseWithoutMemory(shrink)
  const directory = await mkdtemp(join(tmpdir(), 'platen-shrink-'))
  const path = join(directory, 'partition')
  const file = await open(path, 'w+')
  const release = async () => {
    await file.close()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    await file.truncate(shrink.fromBytes)
    context.progress({ minorState: 'fetching the filesystem that is made smaller', percent: 0, transfer: {} })
    await fill(file, shrink, chunks, createChunkClient(context))
    context.progress({ minorState: `making ${shrink.content} smaller`, percent: 0, transfer: {} })
    await imaging.shrinkFilesystem(path, shrink.toBytes, context)
    return { shrink, file, used: await imaging.usedExtents(path, shrink.content, context), release }
  } catch (error) {
    await release()
    throw error
  }
}

async function fill(
  file: FileHandle,
  { startBytes }: Shrink,
  chunks: readonly TargetChunk[],
  client: ChunkClient,
): Promise<void> {
  for await (const { chunk, bytes } of chunkContents(chunks, client)) {
    for (const { offset, length } of chunk.used)
      await writeAt(file, chunk.offset + offset - startBytes, bytes.subarray(offset, offset + length))
  }
}

/** Returns when the disk gives back what was written. */
export async function writeShrunk(
  { shrink, file, used }: ShrunkPartition,
  disk: FileHandle,
  devicePath: string,
  deps: {
    readonly imaging: ImagingTools
    readonly meter: TransferMeter
    readonly context: StepContext
  },
): Promise<void> {
  const { imaging, meter, context } = deps
  for (const { offset, length } of piecesOf(used)) {
    context.signal.throwIfAborted()
    await writeAt(disk, shrink.startBytes + offset, await readAt(file, offset, length))
    meter.count('bytesWritten', length)
  }
  await disk.sync()
  await imaging.dropCaches(devicePath, context)
  for (const { offset, length } of piecesOf(used)) {
    context.signal.throwIfAborted()
    const written = await readAt(disk, shrink.startBytes + offset, length)
    if (!written.equals(await readAt(file, offset, length))) throw notHeld(shrink.startBytes + offset)
    meter.count('bytesRead', length)
  }
}

function* piecesOf(extents: readonly Extent[]): Generator<Extent> {
  for (const { offset, length } of extents) {
    for (let at = 0; at < length; at += PIECE_BYTES) yield { offset: offset + at, length: Math.min(PIECE_BYTES, length - at) }
  }
}

function refuseWithoutMemory({ usedBytes, number }: Shrink): void {
  const needed = Math.ceil(usedBytes * MEMORY_FACTOR) + MEMORY_RESERVE_BYTES
  const free = freemem()
  if (needed <= free) return
  throw new AppError(
    'IMAGE_DOES_NOT_FIT',
    `to make partition ${number} smaller this machine needs ${formatBytes(needed)} of free memory (${usedBytes} bytes are in use in it), it has ${formatBytes(free)}`,
    'Choose a disk at least as large as the one that was captured, or build the image with smaller partitions.',
  )
}

function notHeld(at: number): AppError {
  return new AppError(
    'IMAGE_VERIFY_FAILED',
    `the disk does not hold what was written at byte ${at}`,
    'Deploy again; if it fails again, replace the disk (`smartctl -a` tells about it) or its cable.',
  )
}
