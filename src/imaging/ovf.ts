// What an OVA says of its disks (DMTF DSP0243: OVF envelope, and the manifest of checksums beside it). Pure: texts in, values out.
import { XMLParser } from 'fast-xml-parser'
import { AppError } from '../contract/errors.ts'

export interface OvfDisk {
  readonly diskId: string
  /** The file of the archive that holds it; undefined: the disk is empty, a machine gets it blank. */
  readonly file: string | undefined
}

/** The disks in the order in which the envelope lists them. Throws IMAGE_FILE_INVALID, IMAGE_FILE_UNSUPPORTED. */
export function parseOvf(xml: string): OvfDisk[] {
  const envelope = record(parse(xml).Envelope)
  const files = new Map(list(record(envelope.References).File).map((file) => [String(file.id), file]))
  const disks = list(record(envelope.DiskSection).Disk)
  return disks.map((disk) => {
    const diskId = String(disk.diskId)
    if (disk.parentRef !== undefined) throw unsupported(`its disk ${diskId} is a difference to another`)
    if (disk.fileRef === undefined) return { diskId, file: undefined }
    const file = files.get(String(disk.fileRef))
    if (file === undefined) throw ovaInvalid(`its disk ${diskId} is in the file "${disk.fileRef}", which it does not list`)
    if (file.chunkSize !== undefined) throw unsupported(`its file ${file.href} is cut into chunks`)
    return { diskId, file: String(file.href) }
  })
}

/** `SHA256(disk.vmdk)= 0a1b…`, a line each: file -> algorithm and digest in lower case. Lines of other forms are left out. */
export function parseOvfManifest(text: string): Map<string, { readonly algorithm: string; readonly digest: string }> {
  const lines = [...text.matchAll(/^(SHA1|SHA256|SHA512)\s*\((.+)\)\s*=\s*([0-9a-fA-F]+)\s*$/gm)]
  return new Map(lines.map(([, algorithm = '', file = '', digest = '']) => [file, { algorithm, digest: digest.toLowerCase() }]))
}

type Fields = Record<string, unknown>

function parse(xml: string): Fields {
  try {
    return new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '',
      removeNSPrefix: true,
      processEntities: false,
    }).parse(xml)
  } catch (cause) {
    throw ovaInvalid('its description is no XML', cause)
  }
}

const record = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})

const list = (value: unknown): Fields[] => (value === undefined ? [] : Array.isArray(value) ? value.map(record) : [record(value)])

export function ovaInvalid(reason: string, cause?: unknown): AppError {
  return new AppError(
    'IMAGE_FILE_INVALID',
    `this is no whole OVA: ${reason}`,
    'Export the machine again; `tar -tf FILE` lists what is in it.',
    {
      cause,
    },
  )
}

function unsupported(reason: string): AppError {
  return new AppError(
    'IMAGE_FILE_UNSUPPORTED',
    `this OVA cannot be read: ${reason}`,
    'Unpack it with `tar -xf FILE`, make whole disks of its files with `qemu-img convert`, and import those.',
  )
}
