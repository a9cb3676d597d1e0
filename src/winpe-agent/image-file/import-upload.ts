// A file that came over the network into the store: a bundle, a qcow2 file, or a disk byte for byte; nothing that needs another program or a
// device to be read. Touches the file, a folder for what is unpacked, and the network.
import { AppError } from '../../contract/errors.ts'
import { describeMagic, identifyFile } from '../../imaging/file-content.ts'
import { fileEnds } from './disks-in-file.ts'
import type { FileWork } from './file-work.ts'
import { importBundle } from './import-bundle.ts'
import { importDisk } from './import-disk.ts'

export interface UploadOrder {
  readonly file: string
  readonly imageName: string
  /** The job that it is the capture of. */
  readonly jobId: string
  /** Where a qcow2 file is unpacked. */
  readonly folder: string
}

/** Gives the number of the new version. Throws IMAGE_FILE_INVALID for anything else. */
export async function importUpload({ file, imageName, jobId, folder }: UploadOrder, work: FileWork): Promise<number> {
  const disk = { file, imageName, importId: jobId, includeUnknown: true, withoutDevices: true, temporaryFolder: folder }
  const ends = await fileEnds(file)
  const content = identifyFile(ends)
  switch (content.kind) {
    case 'bundle':
      return importBundle({ file, importId: jobId }, work)
    case 'qcow2':
      return importDisk({ ...disk, isRaw: false }, work)
    case 'disk':
      return importDisk({ ...disk, isRaw: true }, work)
    case 'virtual-disk':
    case 'packed':
      throw otherFormat(content.format)
    case 'foreign':
      throw otherFormat(content.name)
    case 'tar':
    case 'zip':
    case 'partclone':
      throw otherFormat(content.kind)
    case 'unknown':
      throw otherFormat(`nothing that is known, and begins with ${describeMagic(ends.head)}`)
  }
}

function otherFormat(what: string): AppError {
  const hint = 'Upload a raw disk, a qcow2 file or a bundle; qemu-img convert makes one of the others.'
  return new AppError('IMAGE_FILE_INVALID', `what was uploaded is ${what}`, hint)
}
