// A file that holds a disk byte for byte. Only reads.
import { type FileHandle, open } from 'node:fs/promises'
import { readAt } from '../imaging/open-disk.ts'

/** A table by sectors of 4096 bytes has its header where one by 512 bytes has entries. */
export async function sectorBytesOf(file: FileHandle): Promise<512 | 4096> {
  const isHeaderAt = async (offset: number) => (await readAt(file, offset, 8)).toString('latin1') === 'EFI PART'
  return !(await isHeaderAt(512)) && (await isHeaderAt(4096)) ? 4096 : 512
}

export async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'r')
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}
