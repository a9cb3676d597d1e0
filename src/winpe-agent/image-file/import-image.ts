// A file of any kind into the store. Touches what the kinds touch.
import { type FileHandle, open } from 'node:fs/promises'
import { BUNDLE_MAGIC } from '../../imaging/bundle.ts'
import { QCOW2_MAGIC } from '../../imaging/qcow2-reader.ts'
import { readAt } from '../imaging/open-disk.ts'
import type { ExportFormat } from './export-image.ts'
import type { FileWork } from './file-work.ts'
import { importBundle } from './import-bundle.ts'
import { type DiskImport, importDisk } from './import-disk.ts'

export interface ImportOrder extends Omit<DiskImport, 'format'> {
  readonly format: ExportFormat
}

/** Gives the number of the new version. */
export async function importImage({ format, ...order }: ImportOrder, work: FileWork): Promise<number> {
  return format === 'bundle' ? importBundle(order, work) : importDisk({ ...order, format }, work)
}

/** What a file is, by its first bytes: raw when it is nothing else. Throws what the system says when it cannot be read. */
export async function formatOfFile(file: string): Promise<ExportFormat> {
  const handle: FileHandle = await open(file, 'r')
  try {
    const head = await readAt(handle, 0, BUNDLE_MAGIC.length)
    if (head.equals(BUNDLE_MAGIC)) return 'bundle'
    return head.length >= 4 && head.readUInt32BE(0) === QCOW2_MAGIC ? 'qcow2' : 'raw'
  } finally {
    await handle.close()
  }
}
