// Opens a disk for this program alone, also when somebody looks at it just now. Touches the disk.
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../../contract/errors.ts'

export interface DiskHolder {
  /** For people: "/dev/vda1 is mounted at /mnt". */
  readonly what: string
  /** A mount, swap or a device on top; not only a program that has it open. */
  readonly stays: boolean
}

export interface OpenDiskOptions {
  /** Asked when it is busy. */
  readonly whoHolds?: ((devicePath: string) => readonly DiskHolder[]) | undefined
  readonly signal?: AbortSignal | undefined
  /** How often it is tried; for tests. */
  readonly tries?: number
}

/** Together about eight seconds: probers that look at what is new, and a kernel that ends an unmount, have gone by then. */
const TRIES = 40
/** About three seconds: what is mounted, swapped to or built upon seldom goes away by itself. */
const TRIES_WHEN_HELD = 15
const PAUSE_MS = 200

/**
 * O_EXCL on a block device is refused while it or a partition of it is mounted, and nobody can mount it until it is closed.
 * A file works too: exclusive use means nothing there. Throws IMAGE_DISK_IN_USE when it stays busy.
 */
export async function withDisk<T>(
  devicePath: string,
  access: 'read' | 'write',
  work: (disk: FileHandle) => Promise<T>,
  options: OpenDiskOptions = {},
): Promise<T> {
  const disk = await openAlone(devicePath, access, options)
  try {
    return await work(disk)
  } finally {
    await disk.close()
  }
}

async function openAlone(devicePath: string, access: 'read' | 'write', options: OpenDiskOptions): Promise<FileHandle> {
  const flags = (access === 'read' ? constants.O_RDONLY : constants.O_RDWR) | constants.O_EXCL
  const { tries = TRIES, whoHolds, signal } = options
  for (let attempt = 1; ; attempt++) {
    try {
      return await open(devicePath, flags)
    } catch (error) {
      if (!isBusy(error)) throw error
      const holders = whoHolds?.(devicePath) ?? []
      const isHeld = holders.some(({ stays }) => stays)
      if (attempt >= (isHeld ? Math.min(tries, TRIES_WHEN_HELD) : tries)) throw inUse(devicePath, whoHolds && holders, error)
      await pause(PAUSE_MS, undefined, signal === undefined ? {} : { signal })
    }
  }
}

const isBusy = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && (error as NodeJS.ErrnoException).code === 'EBUSY'

/** All of them for this program alone, or none. */
export function withDisks<T>(
  devicePaths: readonly string[],
  access: 'read' | 'write',
  work: (disks: readonly FileHandle[]) => Promise<T>,
  options: OpenDiskOptions = {},
): Promise<T> {
  const [first, ...others] = devicePaths
  if (first === undefined) return work([])
  return withDisk(first, access, (disk) => withDisks(others, access, (rest) => work([disk, ...rest]), options), options)
}

export async function readAt(disk: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await disk.read(bytes, filled, length - filled, offset + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

export async function writeAt(disk: FileHandle, offset: number, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await disk.write(bytes, written, bytes.length - written, offset + written)).bytesWritten
  }
}

function inUse(devicePath: string, holders: readonly DiskHolder[] | undefined, cause: Error): AppError {
  const who = holders?.map(({ what }) => what).join('; ') || 'by whom cannot be seen from here'
  return new AppError(
    'IMAGE_DISK_IN_USE',
    `${devicePath} or a partition of it is mounted or in use: ${who}`,
    'Unmount it, switch swap off, stop what is built on it (`findmnt`, `swapon --show`, `lsblk`), then post the job again.',
    { cause },
  )
}
