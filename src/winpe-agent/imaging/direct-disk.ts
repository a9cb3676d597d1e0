// A disk that is open already, once more past the system's memory: nothing is copied twice, and what is read comes from the disk itself.
// Touches the disk.
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** A disk by its descriptors, as the threads take it. */
export interface DiskFds {
  readonly fd: number
  /** For whole pages of memory and of disk; undefined: there is no such way (another system, a file in memory). */
  readonly directFd: number | undefined
}

export async function withDirect<T>(fd: number, access: 'read' | 'write', work: (disk: DiskFds) => Promise<T>): Promise<T> {
  const mode = access === 'read' ? constants.O_RDONLY : constants.O_RDWR
  // By its descriptor: whoever holds the disk for itself alone holds it for this one, too.
  const direct = await open(`/proc/self/fd/${fd}`, mode | constants.O_DIRECT).catch(() => undefined)
  try {
    return await work({ fd, directFd: direct?.fd })
  } finally {
    await direct?.close()
  }
}
