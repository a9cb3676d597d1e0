// Formats that pack one stream of bytes, known by how they begin. Pure.

export type PackedFormat = 'gzip' | 'xz' | 'zstd' | 'bzip2' | 'lz4' | 'lzop' | 'lzip'

const BEGINNINGS: readonly (readonly [PackedFormat, string])[] = [
  ['gzip', '\x1f\x8b\x08'],
  ['xz', '\xfd7zXZ\x00'],
  ['zstd', '\x28\xb5\x2f\xfd'],
  ['bzip2', 'BZh'],
  ['lz4', '\x04\x22\x4d\x18'],
  // The older format, which `lz4 -l` writes.
  ['lz4', '\x02\x21\x4c\x18'],
  ['lzop', '\x89LZO\x00\x0d\x0a\x1a\x0a'],
  ['lzip', 'LZIP'],
]
/** bzip2's three letters alone could begin a text: a digit and the mark of a block (or of the end) follow. */
const BZIP2_MARKS = ['1AY&SY', '\x17rE8P\x90']

/** How many bytes packedFormat must see. */
export const PACKED_HEAD_BYTES = 10

export function packedFormat(head: Uint8Array): PackedFormat | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, PACKED_HEAD_BYTES)).toString('latin1')
  const found = BEGINNINGS.find(([, beginning]) => text.startsWith(beginning))?.[0]
  if (found === undefined && isSkippableZstd(text)) return 'zstd'
  return found === 'bzip2' && !isBzip2(text) ? undefined : found
}

const isBzip2 = (text: string): boolean => /[1-9]/.test(text[3] ?? '') && BZIP2_MARKS.includes(text.slice(4, 10))

/** A zstd file may begin with a frame that only carries notes, as pzstd and seekable files do (RFC 8878 §3.1.2). */
const isSkippableZstd = (text: string): boolean => /^[P-_]/.test(text) && text.slice(1, 4) === '\x2a\x4d\x18'
