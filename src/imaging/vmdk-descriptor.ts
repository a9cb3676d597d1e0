// The description of a VMDK: which files hold its data (VMware Virtual Disk Format 1.1). Pure.
// It may name any file of the machine that reads it, so it is looked at before a program follows it: data in the file itself or in files beside it,
// nothing else.
import { AppError } from '../contract/errors.ts'

/** `RW 4192256 FLAT "disk-flat.vmdk" 0`: access, sectors, kind, file. */
const EXTENT = /^\s*(RW|RDONLY|NOACCESS)\s+(\d+)\s+([A-Z0-9]+)(?:\s+"([^"]*)")?/
const DATA_KINDS = ['FLAT', 'SPARSE', 'VMFS', 'VMFSSPARSE', 'SESPARSE']
/** A plain name: no folder, no drive, no protocol, nothing hidden. */
const PLAIN_NAME = /^[^/\\:\0.][^/\\:\0]*$/
const NO_PARENT = 'ffffffff'

/** The names of the files beside it that hold data. Throws IMAGE_FILE_UNSUPPORTED where it reaches elsewhere, or is a difference. */
export function vmdkDataFiles(description: string): string[] {
  const lines = description.split(/[\r\n]+/)
  refuseParent(lines)
  const extents = lines.flatMap((line) => EXTENT.exec(line) ?? []).length === 0 ? [] : lines.map((line) => EXTENT.exec(line))
  return extents.flatMap((extent) => {
    if (extent === null) return []
    const [line, , , kind = '', name] = extent
    if (kind === 'ZERO') return []
    if (!DATA_KINDS.includes(kind))
      throw refused(`its data is of the kind ${kind} ("${line.trim()}"), a real disk or something unknown`)
    if (name === undefined || !PLAIN_NAME.test(name))
      throw refused(`its data is said to lie in "${name ?? ''}", which is no file beside it`)
    return [name]
  })
}

function refuseParent(lines: readonly string[]): void {
  for (const line of lines) {
    const [key = '', value = ''] = line.split('=').map((part) => part.trim())
    const isParent = key.toLowerCase() === 'parentcid' && value.toLowerCase() !== NO_PARENT
    if (isParent || key.toLowerCase() === 'parentfilenamehint')
      throw refused(`it is a difference to another file (${line.trim()})`)
  }
}

function refused(reason: string): AppError {
  return new AppError(
    'IMAGE_FILE_UNSUPPORTED',
    `this VMDK file cannot be read: ${reason}`,
    'Make one whole file of it where it comes from: `qemu-img convert -O qcow2 FILE PLAIN.qcow2` or `vmware-vdiskmanager -r FILE -t 0 WHOLE.vmdk`.',
  )
}

const SECTOR_BYTES = 512
/** Where a file with tables has its own description: byte offset and length. Without one: undefined. Takes the first 512 bytes. */
export function vmdkEmbeddedDescription(head: Buffer): { readonly offset: number; readonly length: number } | undefined {
  if (head.length < 44 || head.toString('latin1', 0, 4) !== 'KDMV') return undefined
  const offset = Number(head.readBigUInt64LE(28)) * SECTOR_BYTES
  const length = Number(head.readBigUInt64LE(36)) * SECTOR_BYTES
  return offset === 0 || length === 0 ? undefined : { offset, length: Math.min(length, 1024 * 1024) }
}
