// A file of any kind into the store. Touches what the kinds touch.
import { stat } from 'node:fs/promises'
import { AppError } from '../../contract/errors.ts'
import { describeMagic, type FileContent, identifyFile } from '../../imaging/file-content.ts'
import { fileEnds } from './disks-in-file.ts'
import type { ExportFormat } from './export-image.ts'
import type { FileWork } from './file-work.ts'
import { importBundle } from './import-bundle.ts'
import { type DiskImport, importDisk } from './import-disk.ts'

export interface ImportOrder extends Omit<DiskImport, 'isRaw'> {
  /** What it must be; raw: a disk byte for byte, whatever it looks like. Left out: what it holds decides. */
  readonly format?: ExportFormat | undefined
}

/** Gives the number of the new version. Throws IMAGE_FILE_INVALID when the file is not of the format that was said. */
export async function importImage({ format, ...order }: ImportOrder, work: FileWork): Promise<number> {
  if (format === 'raw') return importDisk({ ...order, isRaw: true }, work)
  if (format === 'bundle') return importBundle(order, work)
  const isFolder = (await stat(order.file)).isDirectory()
  const found = isFolder ? 'folder' : await formatOf(order.file)
  if (format !== undefined && format !== found) {
    throw new AppError(
      'IMAGE_FILE_INVALID',
      `${order.file} is no ${format}: it is ${found}`,
      'Leave --format out: what the file holds decides.',
    )
  }
  return found === 'bundle' ? importBundle(order, work) : importDisk({ ...order, isRaw: false }, work)
}

async function formatOf(file: string): Promise<string> {
  const ends = await fileEnds(file)
  const content: FileContent = identifyFile(ends)
  switch (content.kind) {
    case 'virtual-disk':
    case 'packed':
      return content.format
    case 'disk':
      return 'raw'
    case 'foreign':
      return content.name
    case 'unknown':
      return `unknown, and begins with ${describeMagic(ends.head)}`
    case 'bundle':
    case 'qcow2':
    case 'tar':
    case 'zip':
    case 'partclone':
      return content.kind
  }
}
