// Headers of a tar archive (POSIX.1-1988 ustar, with the long names and large sizes of GNU and POSIX.1-2001). Pure.
import { AppError } from '../contract/errors.ts'

export const TAR_BLOCK_BYTES = 512

export interface TarHeader {
  readonly name: string
  readonly sizeBytes: number
  /** long-name and extended: what they hold is about the entry that follows. */
  readonly kind: 'file' | 'long-name' | 'extended' | 'other'
}

/** A header whose checksum is right; that of a block of zeros is not. */
export function isTarHeader(block: Buffer): boolean {
  if (block.length < TAR_BLOCK_BYTES) return false
  const said = octal(block.subarray(148, 156))
  let sum = 0
  for (let at = 0; at < TAR_BLOCK_BYTES; at++) sum += at >= 148 && at < 156 ? 0x20 : block[at]!
  return said === sum && sum > 8 * 0x20
}

/** Throws IMAGE_FILE_INVALID. */
export function decodeTarHeader(block: Buffer): TarHeader {
  if (!isTarHeader(block)) throw tarInvalid('the head of one of its files is damaged')
  const sizeBytes = sizeOf(block.subarray(124, 136))
  const prefix = block.toString('latin1', 257, 262) === 'ustar' && block[263] === 0x30 ? textOf(block.subarray(345, 500)) : ''
  const name = textOf(block.subarray(0, 100))
  return { name: prefix === '' ? name : `${prefix}/${name}`, sizeBytes, kind: kindOf(String.fromCharCode(block[156]!)) }
}

function kindOf(type: string): TarHeader['kind'] {
  if (type === '0' || type === '\0' || type === '7') return 'file'
  if (type === 'L') return 'long-name'
  return type === 'x' ? 'extended' : 'other'
}

/** Records "LENGTH KEY=VALUE\n"; only path and size matter here. */
export function parseExtended(bytes: Buffer): { readonly path?: string; readonly sizeBytes?: number } {
  const found: { path?: string; sizeBytes?: number } = {}
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at)
    const length = Number(bytes.toString('latin1', at, space))
    if (space < 0 || !Number.isInteger(length) || length <= space - at + 1) break
    const [key = '', ...value] = bytes.toString('utf8', space + 1, at + length - 1).split('=')
    if (key === 'path') found.path = value.join('=')
    if (key === 'size' && /^\d+$/.test(value.join('='))) found.sizeBytes = Number(value.join('='))
    at += length
  }
  return found
}

/** Twelve octal digits hold up to 8 GiB; more is a number in base 256, marked by the highest bit. */
function sizeOf(field: Buffer): number {
  if ((field[0]! & 0x80) === 0) return octal(field)
  const size = Number(BigInt(`0x${field.subarray(1).toString('hex')}`))
  if (!Number.isSafeInteger(size)) throw tarInvalid('the size of one of its files is beyond any disk')
  return size
}

function octal(field: Buffer): number {
  const text = field.toString('latin1').replaceAll('\0', ' ').trim()
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : 0
}

const textOf = (bytes: Buffer): string => bytes.toString('utf8').split('\0')[0]!

export function tarInvalid(reason: string): AppError {
  return new AppError(
    'IMAGE_FILE_INVALID',
    `this is no whole tar archive: ${reason}`,
    'Copy or download it again; `tar -tf FILE` lists it.',
  )
}

/** The head of a regular file (POSIX.1-2001: what does not fit into ustar stands in a record before it). What follows is padded to whole blocks. */
export function encodeTarHeader(name: string, sizeBytes: number): Buffer {
  if (Buffer.byteLength(name) <= 100 && sizeBytes < 8 ** 11) return headBlock(name, sizeBytes, '0')
  const records = Buffer.from(record('path', name) + record('size', String(sizeBytes)))
  const extended = Buffer.concat([headBlock('pax', records.length, 'x'), records, paddingAfter(records.length)])
  return Buffer.concat([extended, headBlock(`long-${name.length}`, Math.min(sizeBytes, 8 ** 11 - 1), '0')])
}

/** What fills the last block of a file. */
export const paddingAfter = (sizeBytes: number): Buffer =>
  Buffer.alloc((TAR_BLOCK_BYTES - (sizeBytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES)

/** Two blocks of zeros. */
export const TAR_END = Buffer.alloc(2 * TAR_BLOCK_BYTES)

function headBlock(name: string, sizeBytes: number, type: string): Buffer {
  const block = Buffer.alloc(TAR_BLOCK_BYTES)
  const put = (at: number, text: string) => block.write(text, at, 'utf8')
  put(0, name)
  put(100, '0000644\0')
  put(108, '0000000\0')
  put(116, '0000000\0')
  put(124, `${sizeBytes.toString(8).padStart(11, '0')}\0`)
  put(136, '00000000000\0')
  put(148, '        ')
  put(156, type)
  put(257, 'ustar\x0000')
  const sum = block.reduce((total, byte) => total + byte, 0)
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `)
  return block
}

/** "LENGTH KEY=VALUE\n": the length counts itself. */
function record(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest + 1
  while (String(length).length + rest !== length) length = String(length).length + rest
  return `${length} ${key}=${value}\n`
}
