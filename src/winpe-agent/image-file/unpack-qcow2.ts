// A qcow2 file -> a raw file with holes, in which the disk's tools find what they expect. Touches both files.
import { type FileHandle, open } from 'node:fs/promises'
import { isZero } from '../../imaging/disk-signature.ts'
import { readQcow2 } from '../../imaging/qcow2-reader.ts'
import { readAt, writeAt } from '../imaging/open-disk.ts'
import type { FileWork } from './file-work.ts'

export async function unpackQcow2(source: FileHandle, rawFile: string, work: FileWork): Promise<void> {
  const disk = await readQcow2((offset, length) => readAt(source, offset, length))
  const raw = await open(rawFile, 'wx', 0o600)
  try {
    await raw.truncate(disk.sizeBytes)
    let told = -1
    for await (const { offset, bytes } of disk.clusters()) {
      work.signal.throwIfAborted()
      if (!isZero(bytes)) await writeAt(raw, offset, bytes)
      const percent = Math.floor((100 * offset) / disk.sizeBytes)
      if (percent === told) continue
      told = percent
      work.progress({ minorState: 'unpacking qcow2', percent, transfer: {} })
    }
  } finally {
    await raw.close()
  }
}
