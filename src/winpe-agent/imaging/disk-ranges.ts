// Ranges of one chunk between memory and disk, past the system's memory where that goes. Touches the disk.
// The agent's threads run createDiskRanges from its text: nothing outside of it may be used inside.
import type { FlatRanges } from './chunk-task.ts'
import type { DiskFds } from './direct-disk.ts'

export interface DiskRanges {
  /** Into their places in the chunk, which begins at this byte of the disk; small gaps between them may come along. Gives the bytes read. */
  read(disk: DiskFds, chunk: Uint8Array, used: FlatRanges, offset: number): number
  /** Out of their places in the chunk, and nothing else. Gives the bytes written. */
  write(disk: DiskFds, chunk: Uint8Array, used: FlatRanges, offset: number): number
}

export function createDiskRanges(): DiskRanges {
  const { readSync, writeSync } = process.getBuiltinModule('node:fs')
  /** Below this a gap is read along: one call is cheaper than two. */
  const READ_THROUGH_BYTES = 65_536
  /** What a direct call moves is made of these, on every disk there is. */
  const PAGE_BYTES = 4096
  /** A direct write waits for the disk; shorter ones are gathered by the system and flushed at the end. */
  const DIRECT_WRITE_BYTES = 65_536

  function readRange({ fd, directFd }: DiskFds, chunk: Uint8Array, from: number, to: number, offset: number): void {
    const done = directFd === undefined ? from : readDirect(directFd, chunk, from, to, offset)
    for (let at = done; at < to; ) {
      const count = readSync(fd, chunk, at, to - at, offset + at)
      if (count === 0) throw new Error(`the disk ends at byte ${offset + at}`)
      at += count
    }
  }

  /** Whole pages around the range; gives how far it came. What is left (the last sectors of a disk) the other way reads. */
  function readDirect(fd: number, chunk: Uint8Array, from: number, to: number, offset: number): number {
    const start = from - (from % PAGE_BYTES)
    const end = Math.min(chunk.length, Math.ceil(to / PAGE_BYTES) * PAGE_BYTES)
    return unlessRefused(from, () => Math.max(from, start + readSync(fd, chunk, start, end - start, offset + start)))
  }

  function writeRange({ fd, directFd }: DiskFds, chunk: Uint8Array, from: number, to: number, offset: number): void {
    const isDirect = to - from >= DIRECT_WRITE_BYTES && from % PAGE_BYTES === 0 && to % PAGE_BYTES === 0
    const done =
      isDirect && directFd !== undefined
        ? unlessRefused(from, () => from + writeSync(directFd, chunk, from, to - from, offset + from))
        : from
    for (let at = done; at < to; ) at += writeSync(fd, chunk, at, to - at, offset + at)
  }

  /** EINVAL: this disk, or this place of it, takes no direct call. */
  function unlessRefused(from: number, directCall: () => number): number {
    try {
      return directCall()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EINVAL') return from
      throw error
    }
  }

  return {
    read(disk, chunk, used, offset) {
      let bytesRead = 0
      for (let i = 0; i < used.length; ) {
        const start = used[i]!
        let end = start + used[i + 1]!
        for (i += 2; i < used.length && used[i]! - end <= READ_THROUGH_BYTES; i += 2) end = used[i]! + used[i + 1]!
        readRange(disk, chunk, start, end, offset)
        bytesRead += end - start
      }
      return bytesRead
    },

    write(disk, chunk, used, offset) {
      let bytesWritten = 0
      for (let i = 0; i < used.length; i += 2) {
        writeRange(disk, chunk, used[i]!, used[i]! + used[i + 1]!, offset)
        bytesWritten += used[i + 1]!
      }
      return bytesWritten
    },
  }
}
