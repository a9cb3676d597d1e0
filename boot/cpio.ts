// Writes "newc" cpio archives, the format that the kernel unpacks into its initial RAM filesystem. Pure: entries in, bytes out.
// Everything that differs between two machines (owner, times, inode numbers) is fixed here, so equal trees give equal bytes.

export type CpioEntry =
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly content: Uint8Array }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'character-device'
      readonly path: string
      readonly mode: number
      readonly major: number
      readonly minor: number
    }

/** 2025-08-09, the day Debian 13 was released: any fixed instant does. */
export const SOURCE_DATE_EPOCH = 1754697600

const TYPE_BITS = { directory: 0o040000, file: 0o100000, symlink: 0o120000, 'character-device': 0o020000 } as const
const PERMISSION_BITS = 0o777
const TRAILER = 'TRAILER!!!'

/** Entries are written in the order given; a directory has to come before what is in it (see byPath). */
export function* encodeCpio(entries: Iterable<CpioEntry>): Generator<Uint8Array> {
  let inode = 1
  for (const entry of entries) {
    const content = contentOf(entry)
    yield header(entry.path, inode++, modeOf(entry), content.length, entry)
    if (content.length > 0) yield content
    const padding = paddingAfter(content.length)
    if (padding > 0) yield new Uint8Array(padding)
  }
  yield header(TRAILER, 0, 0, 0)
}

/** By bytes, not by locale: "a" comes before "a/b", and the same everywhere. */
export function byPath(left: { readonly path: string }, right: { readonly path: string }): number {
  return Buffer.compare(Buffer.from(left.path), Buffer.from(right.path))
}

function contentOf(entry: CpioEntry): Uint8Array {
  switch (entry.kind) {
    case 'file':
      return entry.content
    case 'symlink':
      return Buffer.from(entry.target)
    case 'directory':
    case 'character-device':
      return new Uint8Array(0)
  }
}

/** setuid bits are dropped: everything in the boot OS runs as root anyway. */
function modeOf(entry: CpioEntry): number {
  return TYPE_BITS[entry.kind] | (entry.kind === 'symlink' ? PERMISSION_BITS : entry.mode & PERMISSION_BITS)
}

function header(path: string, inode: number, mode: number, sizeBytes: number, entry?: CpioEntry): Uint8Array {
  const name = Buffer.from(`${path}\0`)
  const device = entry?.kind === 'character-device' ? [entry.major, entry.minor] : [0, 0]
  const links = entry?.kind === 'directory' ? 2 : 1
  const modifiedAt = entry === undefined ? 0 : SOURCE_DATE_EPOCH
  // inode, mode, uid, gid, links, mtime, size, device of the archive (2), device of the node (2), length of the name, checksum (unused)
  const fields = [inode, mode, 0, 0, links, modifiedAt, sizeBytes, 0, 0, ...device, name.length, 0]
  const text = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`
  return Buffer.concat([Buffer.from(text), name, Buffer.alloc(paddingAfter(text.length + name.length))])
}

function paddingAfter(lengthBytes: number): number {
  return (4 - (lengthBytes % 4)) % 4
}
