// A .deb file (deb(5)): an ar archive of debian-binary, control.tar and data.tar. Only the control file is read, nothing is run, and what a
// hostile one may make grow is bounded. Only reads.
import type { FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip, zstdDecompress } from 'node:zlib'
import xz from 'xz-decompress'
import { decodeTarHeader, isTarHeader, TAR_BLOCK_BYTES } from '../../imaging/tar-entries.ts'
import { type ReadControl, readControl } from './deb-control.ts'

export const AR_MAGIC = '!<arch>\n'
const HEADER_BYTES = 60
/** The largest control archives (of kernels, with their scripts) have some hundred KiB. */
const MOST_CONTROL_BYTES = 4 * 1024 * 1024
const MOST_EXPANDED_BYTES = 32 * 1024 * 1024
const MOST_MEMBERS = 16

interface ArMember {
  readonly name: string
  readonly offset: number
  readonly sizeBytes: number
}

export async function readDeb(file: FileHandle): Promise<ReadControl> {
  const members = await membersOf(file)
  if (typeof members === 'string') return bad(members)
  const [version, control, data] = members
  if (version?.name !== 'debian-binary') return bad('does not begin with debian-binary')
  const format = (await bytesAt(file, version.offset, Math.min(version.sizeBytes, 16))).toString('latin1').trim()
  if (!/^2\.\d+$/.test(format)) return bad(`is of format ${JSON.stringify(format)}; 2.0 is known`)
  if (control === undefined || !control.name.startsWith('control.tar')) return bad('has no control.tar in second place')
  if (data === undefined || !data.name.startsWith('data.tar')) return bad('has no data.tar in third place')
  if (control.sizeBytes > MOST_CONTROL_BYTES)
    return bad(`has a control.tar of ${control.sizeBytes} bytes; ${MOST_CONTROL_BYTES} are the most`)
  const expanded = await expand(await bytesAt(file, control.offset, control.sizeBytes), control.name)
  if (typeof expanded === 'string') return bad(`has a control.tar that ${expanded}`)
  const text = controlIn(expanded)
  return text === undefined ? bad('has no control file in its control.tar') : readControl(text)
}

const bad = (reason: string): ReadControl => ({ kind: 'bad', reason })

/** The reason when it is no such archive. */
async function membersOf(file: FileHandle): Promise<readonly ArMember[] | string> {
  const { size } = await file.stat()
  if ((await bytesAt(file, 0, AR_MAGIC.length)).toString('latin1') !== AR_MAGIC) return 'does not begin like an ar archive'
  const members: ArMember[] = []
  for (let at = AR_MAGIC.length; at < size; ) {
    const header = (await bytesAt(file, at, HEADER_BYTES)).toString('latin1')
    const digits = header.slice(48, 58).trim()
    if (header.length < HEADER_BYTES || header.slice(58) !== '`\n' || !/^\d+$/.test(digits)) return `is damaged at byte ${at}`
    const member = { name: header.slice(0, 16).trim().replace(/\/$/, ''), offset: at + HEADER_BYTES, sizeBytes: Number(digits) }
    if (member.offset + member.sizeBytes > size) return `ends at byte ${size}, inside of ${member.name}`
    members.push(member)
    if (members.length > MOST_MEMBERS) return `has more than ${MOST_MEMBERS} parts`
    at = member.offset + member.sizeBytes + (member.sizeBytes % 2)
  }
  return members
}

async function expand(bytes: Buffer, name: string): Promise<Buffer | string> {
  const most = { maxOutputLength: MOST_EXPANDED_BYTES }
  try {
    switch (name) {
      case 'control.tar':
        return bytes
      case 'control.tar.gz':
        return await promisify(gunzip)(bytes, most)
      case 'control.tar.zst':
        return await promisify(zstdDecompress)(bytes, most)
      case 'control.tar.xz':
        return await expandXz(bytes)
      default:
        return `is packed in a way that is not known: ${name}`
    }
  } catch (error) {
    return `cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`
  }
}

async function expandXz(bytes: Buffer): Promise<Buffer | string> {
  const pieces: Uint8Array[] = []
  let length = 0
  const stream = new xz.XzReadableStream(new Blob([new Uint8Array(bytes)]).stream())
  for await (const piece of stream as unknown as AsyncIterable<Uint8Array>) {
    length += piece.length
    if (length > MOST_EXPANDED_BYTES) return `has more than ${MOST_EXPANDED_BYTES} bytes`
    pieces.push(piece.slice())
  }
  return Buffer.concat(pieces)
}

/** The file ./control; undefined: there is none. */
function controlIn(tar: Buffer): string | undefined {
  for (let at = 0; at + TAR_BLOCK_BYTES <= tar.length; ) {
    const block = tar.subarray(at, at + TAR_BLOCK_BYTES)
    if (!isTarHeader(block)) return undefined
    const { name, sizeBytes, kind } = decodeTarHeader(block)
    const content = at + TAR_BLOCK_BYTES
    if (content + sizeBytes > tar.length) return undefined
    if (kind === 'file' && name.replace(/^\.\//, '') === 'control') return tar.toString('utf8', content, content + sizeBytes)
    at = content + Math.ceil(sizeBytes / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES
  }
  return undefined
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}
