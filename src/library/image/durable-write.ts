// A file that is there whole or not at all, also after a power cut. Touches the file system.
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '../../contract/errors.ts'

/** Temporary name, write, fsync, rename. The name survives a power cut after syncDirectory. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
  try {
    await withFile(temporary, 'wx', async (file) => {
      await file.writeFile(bytes)
      await file.datasync()
    })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw isOutOfSpace(error) ? storeFull(path, error) : error
  }
}

export async function syncDirectory(path: string): Promise<void> {
  await withFile(path, 'r', (directory) => directory.sync())
}

async function withFile(path: string, flags: string, work: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags, 0o640)
  try {
    await work(file)
  } finally {
    await file.close()
  }
}

function isOutOfSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}

export function storeFull(path: string, cause: unknown): AppError {
  return new AppError(
    'IMAGE_STORE_FULL',
    `no space is left for ${path}`,
    'Free space on the volume of the data folder; the job goes on where it stopped.',
    { cause },
  )
}
