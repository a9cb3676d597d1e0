// Opens a disk for this program alone. Touches the disk.
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { AppError } from '../../contract/errors.ts'

/**
 * O_EXCL on a block device is refused while it or a partition of it is mounted, and nobody can mount it until it is closed.
 * A file works too: exclusive use means nothing there.
 */
export async function withDisk<T>(
  devicePath: string,
  access: 'read' | 'write',
  work: (disk: FileHandle) => Promise<T>,
): Promise<T> {
  const flags = (access === 'read' ? constants.O_RDONLY : constants.O_RDWR) | constants.O_EXCL
  const disk = await open(devicePath, flags).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EBUSY' ? inUse(devicePath, error) : error
  })
  try {
    return await work(disk)
  } finally {
    await disk.close()
  }
}

/** All of them for this program alone, or none. */
export function withDisks<T>(
  devicePaths: readonly string[],
  access: 'read' | 'write',
  work: (disks: readonly FileHandle[]) => Promise<T>,
): Promise<T> {
  const [first, ...others] = devicePaths
  if (first === undefined) return work([])
  return withDisk(first, access, (disk) => withDisks(others, access, (rest) => work([disk, ...rest])))
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

function inUse(devicePath: string, cause: Error): AppError {
  return new AppError(
    'IMAGE_DISK_IN_USE',
    `${devicePath} or a partition of it is mounted or in use`,
    'Unmount it (`findmnt`, `swapon --show`, `lsblk` tell who holds it), then post the job again.',
    { cause },
  )
}
