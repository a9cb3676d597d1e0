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
