// A GPT as its disk has it: both copies, wherever they say that they stand, and whether sector 0 announces one. Pure but for the reads it is given.
import { AppError } from '../contract/errors.ts'
import type { GptTable } from '../contract/image.ts'
import { type Extent, normalizeExtents } from './extents.ts'
import { type DiskGeometry, decodeGptEntries, decodeGptHeader, encodeProtectiveMbr, entrySectors, type GptHeader } from './gpt.ts'

/** Up to so many bytes from there; fewer only at the end of the disk. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>

export interface GptReading {
  readonly table: GptTable
  /** Where the parts of the table stand: nothing of that is content. */
  readonly places: readonly Extent[]
  /** What a person should know of it, such as a damaged copy. */
  readonly notes: readonly string[]
  /** The other copy, whole as well, that says something else. */
  readonly rival?: GptTable
  /** So much of the disk that it was made for is not there: neither the kernel nor libblkid believes it then. Left out: all is there. */
  readonly missingBytes?: number
}

export type GptFound =
  | { readonly kind: 'absent' }
  /** A copy is there and cannot be used, and the other one neither. */
  | { readonly kind: 'damaged'; readonly reason: string }
  | { readonly kind: 'found'; readonly reading: GptReading }

interface Copy {
  readonly header: GptHeader
  readonly headerAt: number
  readonly table: GptTable
}
type CopyFound =
  | { readonly kind: 'absent' }
  | { readonly kind: 'damaged'; readonly reason: string }
  | ({ readonly kind: 'whole' } & Copy)

const SIGNATURE = 'EFI PART'
/** Nobody lets partitions begin farther behind their table than this. */
const MOST_FRONT_BYTES = 4 * 1024 * 1024
const ALIGNED_BYTES = 1024 * 1024

export async function readGpt(read: ReadAt, geometry: DiskGeometry): Promise<GptFound> {
  const { sizeBytes, sectorBytes } = geometry
  const sector0 = await read(0, sectorBytes)
  if (sector0.length < sectorBytes || sizeBytes < 6 * sectorBytes) return { kind: 'absent' }
  const lastAt = (Math.floor(sizeBytes / sectorBytes) - 1) * sectorBytes
  const primary = await readCopy(read, sectorBytes, geometry, sector0)
  // A disk that became larger has its backup where its end was.
  const wanted = primary.kind === 'whole' && primary.header.otherBytes < sizeBytes ? primary.header.otherBytes : lastAt
  const backup = await readCopy(read, wanted, geometry, sector0)
  if (primary.kind === 'whole') return found(fromPrimary(primary, backup, wanted), sector0, geometry)
  if (backup.kind === 'whole') {
    const entriesAt = await primaryEntriesAt(read, backup.header, geometry)
    const why = primary.kind === 'damaged' ? primary.reason : 'it is not there'
    return found(fromBackup(backup, entriesAt, why, geometry), sector0, geometry)
  }
  if (primary.kind === 'damaged' || backup.kind === 'damaged') {
    const reasons = [primary, backup].map((copy) => (copy.kind === 'damaged' ? copy.reason : 'it is not there'))
    return { kind: 'damaged', reason: `primary: ${reasons[0]}; backup: ${reasons[1]}` }
  }
  return { kind: 'absent' }
}

/** Whether sector 0 says that a GPT follows (UEFI 2.10 §5.2.3): an entry of type 0xEE. */
export function announcesGpt(sector0: Uint8Array): boolean {
  const bytes = Buffer.from(sector0.buffer, sector0.byteOffset, sector0.byteLength)
  if (bytes.length < 512 || bytes.readUInt16LE(510) !== 0xaa55) return false
  return [0, 1, 2, 3].some((index) => bytes[446 + index * 16 + 4] === 0xee)
}

async function readCopy(read: ReadAt, headerAt: number, geometry: DiskGeometry, sector0: Buffer): Promise<CopyFound> {
  const { sectorBytes, sizeBytes } = geometry
  const sector = await read(headerAt, sectorBytes)
  if (sector.length < sectorBytes || sector.toString('latin1', 0, 8) !== SIGNATURE) return { kind: 'absent' }
  try {
    const header = decodeGptHeader(sector, sectorBytes)
    if (header.ownBytes !== headerAt) return damaged(`its header says that it stands at byte ${header.ownBytes}, not ${headerAt}`)
    if (header.entriesStartBytes + header.entriesBytes > sizeBytes) return damaged('its entries would lie behind the disk')
    const entries = await read(header.entriesStartBytes, header.entriesBytes)
    return { kind: 'whole', header, headerAt, table: decodeGptEntries(header, entries, sector0, sectorBytes) }
  } catch (error) {
    if (error instanceof AppError && error.code === 'IMAGE_TABLE_INVALID') return damaged(error.message)
    throw error
  }
}

const damaged = (reason: string): CopyFound => ({ kind: 'damaged', reason })

interface Chosen {
  readonly table: GptTable
  readonly copies: readonly { readonly headerAt: number; readonly entriesAt: number; readonly entriesBytes: number }[]
  readonly notes: readonly string[]
  readonly rival?: GptTable
  readonly header: GptHeader
}

const placeOf = ({ headerAt, header }: Copy) => ({
  headerAt,
  entriesAt: header.entriesStartBytes,
  entriesBytes: header.entriesBytes,
})

function fromPrimary(primary: Copy, backup: CopyFound, backupAt: number): Chosen {
  if (backup.kind !== 'whole') {
    const why = backup.kind === 'damaged' ? backup.reason : 'it is not there'
    const note = `the backup copy of the GUID partition table at byte ${backupAt} cannot be used (${why}): the primary one is taken`
    return { table: primary.table, header: primary.header, copies: [placeOf(primary)], notes: [note] }
  }
  const copies = [placeOf(primary), placeOf(backup)]
  const isSame = meaningOf(primary.table) === meaningOf(backup.table)
  return { table: primary.table, header: primary.header, copies, notes: [], ...(isSame ? {} : { rival: backup.table }) }
}

function fromBackup(backup: Copy, entriesAt: number, why: string, { sectorBytes }: DiskGeometry): Chosen {
  const { entriesStartBytes: _, ...rest } = backup.table
  const table = entriesAt === 2 * sectorBytes ? rest : { ...rest, entriesStartBytes: entriesAt }
  const primaryPlace = { headerAt: sectorBytes, entriesAt, entriesBytes: backup.header.entriesBytes }
  const note = `the primary GUID partition table is damaged (${why}): the backup copy at byte ${backup.headerAt} is taken`
  return { table, header: backup.header, copies: [primaryPlace, placeOf(backup)], notes: [note] }
}

/** Where the entries of a damaged primary stood: where they still are, in front of the first usable sector; else behind the header. */
async function primaryEntriesAt(read: ReadAt, backup: GptHeader, { sectorBytes, sizeBytes }: DiskGeometry): Promise<number> {
  const behindHeader = 2 * sectorBytes
  const entries = await read(backup.entriesStartBytes, backup.entriesBytes)
  const end = Math.min(backup.firstUsableBytes, sizeBytes, MOST_FRONT_BYTES)
  const front = end > behindHeader ? await read(behindHeader, end - behindHeader) : Buffer.alloc(0)
  for (let at = 0; at + entries.length <= front.length; at += sectorBytes) {
    if (front.subarray(at, at + entries.length).equals(entries)) return behindHeader + at
  }
  // They are damaged as well. Who puts them elsewhere lets the partitions begin right behind them (sgdisk -j).
  const inFront = backup.firstUsableBytes - entrySectors(backup.entryCount, sectorBytes) * sectorBytes
  return inFront > behindHeader && backup.firstUsableBytes < ALIGNED_BYTES ? inFront : behindHeader
}

function found({ table, header, copies, notes, rival }: Chosen, sector0: Buffer, geometry: DiskGeometry): GptFound {
  const { sizeBytes, sectorBytes } = geometry
  const sectors = Math.floor(sizeBytes / sectorBytes)
  const isPlain = sector0.equals(encodeProtectiveMbr(table.bootCode, sectors, sectorBytes))
  const places = copies.flatMap(({ headerAt, entriesAt, entriesBytes }) => [
    { offset: headerAt, length: sectorBytes },
    { offset: entriesAt, length: Math.ceil(entriesBytes / sectorBytes) * sectorBytes },
  ])
  const reading: GptReading = {
    table: isPlain ? table : { ...table, firstSector: sector0.toString('base64') },
    places: normalizeExtents([{ offset: 0, length: sectorBytes }, ...places]),
    notes,
    ...(rival === undefined ? {} : { rival }),
    ...(header.usableEndBytes <= sizeBytes ? {} : { missingBytes: missingOf(header, geometry) }),
  }
  return { kind: 'found', reading }
}

const missingOf = ({ usableEndBytes, otherBytes, ownBytes }: GptHeader, { sizeBytes, sectorBytes }: DiskGeometry): number =>
  Math.max(usableEndBytes, otherBytes + sectorBytes, ownBytes + sectorBytes) - sizeBytes

/** Two copies say the same when id and partitions are the same. */
const meaningOf = ({ id, partitions }: GptTable): string => JSON.stringify([id, partitions])
