// A qcow2 file -> a raw file with holes, in which the disk's tools find what they expect. Touches both files.
import type { FileHandle } from 'node:fs/promises'
import { readQcow2 } from '../../imaging/qcow2-reader.ts'
import { readAt } from '../imaging/open-disk.ts'
import type { FileWork } from './file-work.ts'
import { type Allowance, requireAllowed, SparseFile } from './sparse-file.ts'

export async function unpackQcow2(source: FileHandle, rawFile: string, allowance: Allowance, work: FileWork): Promise<void> {
  const disk = await readQcow2((offset, length) => readAt(source, offset, length))
  const raw = await SparseFile.create(rawFile)
  try {
    let told = -1
    let found = 0
    for await (const { offset, bytes } of disk.clusters()) {
      work.signal.throwIfAborted()
      // A table may name one cluster a million times.
      found += bytes.length
      requireAllowed(found, allowance)
      await raw.write(offset, bytes)
      const percent = Math.floor((100 * offset) / disk.sizeBytes)
      if (percent === told) continue
      told = percent
      work.progress({ minorState: 'unpacking qcow2', percent, transfer: {} })
    }
    await raw.end(disk.sizeBytes)
  } catch (error) {
    await raw.close().catch(() => undefined)
    throw error
  }
}
