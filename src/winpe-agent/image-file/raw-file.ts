// A file that holds a disk byte for byte. Only reads.
import { type FileHandle, open } from 'node:fs/promises'
import type { ReadAs } from '../../contract/image.ts'
import { chooseReading } from '../../imaging/choose-reading.ts'
import { collectReadings } from '../../imaging/readings.ts'
import { readAt } from '../imaging/open-disk.ts'

/** A file does not say how long the sectors of its disk are; what stands in it does. Throws IMAGE_READINGS_DISAGREE when both can be true. */
export async function sectorBytesOf(file: FileHandle, as?: ReadAs): Promise<512 | 4096> {
  const { size: sizeBytes } = await file.stat()
  const readings = await collectReadings((offset, length) => readAt(file, offset, length), { sizeBytes, sectorBytes: undefined })
  return chooseReading(readings, as, undefined).sectorBytes
}

export async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'r')
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}
