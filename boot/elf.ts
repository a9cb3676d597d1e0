// Reads and slims 64-bit little-endian ELF files of any processor, so that a build needs no binutils of the other one. Pure.

const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1])
const HEADER_BYTES = 64
const PT_LOAD = 1
const PT_DYNAMIC = 2
const DT_NEEDED = 1n
const DT_STRTAB = 5n

interface Segment {
  readonly type: number
  readonly offset: number
  readonly address: number
  readonly fileBytes: number
}

export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER_BYTES && MAGIC.equals(bytes.subarray(0, MAGIC.length))
}

/**
 * Cuts what the loader never maps: symbols, debug information, section headers. Linkers put them behind the last segment.
 * Not for kernel modules: their sections are all they have.
 */
export function stripElf(bytes: Buffer): Buffer {
  if (!isElf(bytes)) return bytes
  const segments = readSegments(bytes)
  if (segments.length === 0) return bytes
  const tableEnd = Number(bytes.readBigUInt64LE(32)) + bytes.readUInt16LE(54) * bytes.readUInt16LE(56)
  const end = Math.max(tableEnd, ...segments.map((segment) => segment.offset + segment.fileBytes))
  const stripped = Buffer.from(bytes.subarray(0, end))
  stripped.writeBigUInt64LE(0n, 40) // e_shoff
  stripped.writeUInt16LE(0, 60) // e_shnum
  stripped.writeUInt16LE(0, 62) // e_shstrndx
  return stripped
}

/** Names of the shared libraries that it is linked with. */
export function neededLibraries(bytes: Buffer): string[] {
  if (!isElf(bytes)) return []
  const segments = readSegments(bytes)
  const dynamic = segments.find((segment) => segment.type === PT_DYNAMIC)
  if (dynamic === undefined) return []
  const entries = readDynamic(bytes, dynamic)
  const table = entries.find(([tag]) => tag === DT_STRTAB)?.[1]
  const strings = table === undefined ? undefined : offsetOf(segments, Number(table))
  if (strings === undefined) return []
  return entries.filter(([tag]) => tag === DT_NEEDED).map(([, value]) => readString(bytes, strings + Number(value)))
}

function readSegments(bytes: Buffer): Segment[] {
  const tableOffset = Number(bytes.readBigUInt64LE(32)) // e_phoff
  const entryBytes = bytes.readUInt16LE(54)
  const count = bytes.readUInt16LE(56)
  return Array.from({ length: count }, (_, index) => {
    const at = tableOffset + index * entryBytes
    return {
      type: bytes.readUInt32LE(at),
      offset: Number(bytes.readBigUInt64LE(at + 8)),
      address: Number(bytes.readBigUInt64LE(at + 16)),
      fileBytes: Number(bytes.readBigUInt64LE(at + 32)),
    }
  })
}

function readDynamic(bytes: Buffer, { offset, fileBytes }: Segment): [tag: bigint, value: bigint][] {
  const count = Math.floor(fileBytes / 16)
  return Array.from({ length: count }, (_, index) => [
    bytes.readBigUInt64LE(offset + index * 16),
    bytes.readBigUInt64LE(offset + index * 16 + 8),
  ])
}

function offsetOf(segments: readonly Segment[], address: number): number | undefined {
  const holder = segments.find(
    (segment) => segment.type === PT_LOAD && address >= segment.address && address < segment.address + segment.fileBytes,
  )
  return holder === undefined ? undefined : address - holder.address + holder.offset
}

function readString(bytes: Buffer, offset: number): string {
  return bytes.toString('latin1', offset, bytes.indexOf(0, offset))
}
