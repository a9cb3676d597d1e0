// Every way in which a disk can be read: tables by both sector sizes, filesystems and members of something larger. Collected before one is
// chosen (choose-reading.ts). Pure but for the reads it is given.
import { AppError } from '../contract/errors.ts'
import type { MbrTable, PartitionTable } from '../contract/image.ts'
import type { Extent } from './extents.ts'
import { announcesGpt, type ReadAt, readGpt } from './gpt-copies.ts'
import { partitionRanges } from './grow-plan.ts'
import { readMbr } from './read-mbr.ts'
import { type FoundSignature, HEAD_BYTES, signaturesIn, TAIL_BYTES } from './signatures.ts'

export interface Reading {
  /** filesystem: one from the first sector on. member: of a RAID, a volume group, a pool … */
  readonly kind: 'gpt' | 'mbr' | 'filesystem' | 'member'
  /** As a person reads it: "a GUID partition table with 3 partitions". */
  readonly words: string
  readonly sectorBytes: 512 | 4096
  /** Left out: there is no table, or none that can be used. */
  readonly table?: PartitionTable
  /** Where the parts of the table stand. */
  readonly places: readonly Extent[]
  readonly notes: readonly string[]
  /** Of a filesystem or member. */
  readonly signature?: FoundSignature
  /** It is there and cannot be used. */
  readonly fault?: AppError | string
  /** It was made for more than is there, though no partition reaches out: taken when a person says so. */
  readonly cutOff?: AppError
}

export interface Readings {
  readonly candidates: readonly Reading[]
  /** GUID tables without an entry of type 0xEE in sector 0: what is left of an earlier layout, unless a person says otherwise. */
  readonly unannounced: readonly Reading[]
}

export interface UnreadDisk {
  readonly sizeBytes: number
  /** undefined: a file of which nobody said it. */
  readonly sectorBytes: 512 | 4096 | undefined
}

const SECTOR_SIZES = [512, 4096] as const
/** LDM keeps what its partitions are in its own database (Windows' dynamic disks). */
const LDM_TYPES = ['0x42', '5808c8aa-7e8f-42e0-85d2-e1e90434cfb3', 'af9b60a0-1431-4f62-bc68-3311714a69ad']

export async function collectReadings(read: ReadAt, disk: UnreadDisk): Promise<Readings> {
  const sector0 = await read(0, 4096)
  const gpts = await gptReadings(read, disk)
  const isAnnounced = announcesGpt(sector0)
  const tables = isAnnounced ? announced(gpts, disk) : await mbrReadings(read, disk)
  const whole = await wholeReadings(read, disk, tables)
  return { candidates: [...tables, ...dynamicDisks(tables), ...whole], unannounced: isAnnounced ? [] : gpts.filter(isUsable) }
}

const isUsable = ({ fault }: Reading): boolean => fault === undefined

async function gptReadings(read: ReadAt, { sizeBytes }: UnreadDisk): Promise<Reading[]> {
  const readings: Reading[] = []
  for (const sectorBytes of SECTOR_SIZES) {
    const found = await readGpt(read, { sizeBytes, sectorBytes })
    const common = { kind: 'gpt', sectorBytes } as const
    if (found.kind === 'damaged')
      readings.push({
        ...common,
        words: `a damaged GUID partition table ${inSectors(sectorBytes)}`,
        places: [],
        notes: [],
        fault: found.reason,
      })
    if (found.kind !== 'found') continue
    const { table, places, notes, rival, missingBytes } = found.reading
    const isInside = table.partitions.every(({ startBytes, sizeBytes: length }) => startBytes + length <= sizeBytes)
    const cutOff = missingBytes !== undefined && isInside ? { cutOff: behindTheEnd(missingBytes, sizeBytes) } : {}
    const words = `a GUID partition table with ${table.partitions.length} partitions ${inSectors(sectorBytes)}`
    readings.push({ ...common, words, table, places, notes, ...cutOff })
    if (rival !== undefined)
      readings.push({
        ...common,
        words: `its backup copy, whole as well, with ${rival.partitions.length} other partitions`,
        places,
        notes: [],
      })
  }
  return readings
}

function behindTheEnd(missingBytes: number, sizeBytes: number): AppError {
  return new AppError(
    'IMAGE_DISK_CUT_OFF',
    `the GUID partition table was made for a disk of ${sizeBytes + missingBytes} bytes, but there are only ${sizeBytes}: ${missingBytes} bytes are not there`,
    'A file was cut off on its way: take it from its source again. Its partitions are all there: --as gpt takes them.',
  )
}

const inSectors = (sectorBytes: number): string => `(sectors of ${sectorBytes} bytes)`

/** A whole table counts more than the remains of one by the other sector size. */
function announced(gpts: readonly Reading[], { sectorBytes = 512 }: UnreadDisk): Reading[] {
  const whole = gpts.filter(isUsable)
  if (whole.length > 0) return whole
  const own = gpts.find((reading) => reading.sectorBytes === sectorBytes) ?? gpts[0]
  const fault = own?.fault ?? 'sector 0 announces one (type 0xEE), but neither copy is there'
  const words = own?.words ?? 'the protective MBR of a GUID partition table'
  return [{ kind: 'gpt', words, sectorBytes: own?.sectorBytes ?? sectorBytes, places: [], notes: [], fault }]
}

/** An MBR does not say how long its sectors are: by both, whatever can be true; what stands where partitions would begin tells them apart. */
async function mbrReadings(read: ReadAt, { sizeBytes, sectorBytes }: UnreadDisk): Promise<Reading[]> {
  const found: { readonly reading: Reading; readonly isInside: boolean; readonly evidence: number }[] = []
  for (const each of SECTOR_SIZES) {
    const result = await readMbr(read, { sizeBytes, sectorBytes: each })
    if (result === undefined) continue
    const { table, fault } = result
    const common = { kind: 'mbr', sectorBytes: each, places: [], notes: [] } as const
    if (table === undefined) {
      found.push({
        reading: { ...common, words: `a damaged MBR partition table ${inSectors(each)}`, fault },
        isInside: false,
        evidence: 0,
      })
      continue
    }
    const words = `an MBR partition table with ${table.partitions.length} partitions ${inSectors(each)}`
    const places = table.records.map(({ startBytes }) => ({ offset: startBytes, length: each }))
    const isInside = table.partitions.every((partition) => partition.startBytes + partition.sizeBytes <= sizeBytes)
    found.push({ reading: { ...common, words, table, places }, isInside, evidence: await evidenceOf(read, table, sizeBytes) })
  }
  const best = found.filter(({ isInside, evidence }) => isInside && evidence > 0)
  if (sectorBytes !== undefined) {
    const own = found.filter(({ reading }) => reading.sectorBytes === sectorBytes)
    const others = best.filter(({ reading }) => reading.sectorBytes !== sectorBytes)
    const isDoubted = own.every(({ evidence }) => evidence === 0) && others.length > 0
    return [...own, ...(isDoubted ? others : [])].map(({ reading }) => reading)
  }
  const inside = found.filter(({ isInside }) => isInside)
  const left = best.length > 0 ? best : inside.length > 0 ? inside : found.slice(0, 1)
  return left.map(({ reading }) => reading)
}

/** How many of its partitions begin with something that is known. */
async function evidenceOf(read: ReadAt, table: MbrTable, diskBytes: number): Promise<number> {
  let count = 0
  for (const { startBytes, sizeBytes, isContainer } of table.partitions) {
    if (isContainer || startBytes + sizeBytes > diskBytes) continue
    const head = await read(startBytes, Math.min(HEAD_BYTES, sizeBytes))
    if (signaturesIn({ sizeBytes, head, tail: new Uint8Array(0) }).length > 0) count++
  }
  return count
}

function dynamicDisks(tables: readonly Reading[]): Reading[] {
  const isDynamic = ({ table }: Reading) =>
    table !== undefined && partitionRanges(table, 0).some(({ typeId }) => LDM_TYPES.includes(typeId))
  const first = tables.find(isDynamic)
  if (first === undefined) return []
  const words = 'a Windows dynamic disk (LDM), whose volumes only its own database tells'
  return [{ kind: 'member', words, sectorBytes: first.sectorBytes, places: [], notes: [] }]
}

/** What lies inside of a partition is that partition's, and what stands where a table has its parts is the table. */
async function wholeReadings(read: ReadAt, disk: UnreadDisk, tables: readonly Reading[]): Promise<Reading[]> {
  const { sizeBytes, sectorBytes = 512 } = disk
  const tailAt = Math.max(0, sizeBytes - TAIL_BYTES)
  const ends = { sizeBytes, head: await read(0, Math.min(HEAD_BYTES, sizeBytes)), tail: await read(tailAt, sizeBytes - tailAt) }
  const covered = tables.flatMap(({ table, places }) => [
    ...places,
    ...(table === undefined || table.kind === 'none' ? [] : table.partitions.map(asExtent)),
  ])
  const isOwn = ({ offset }: FoundSignature) =>
    !covered.some((range) => offset >= range.offset && offset < range.offset + range.length)
  // The boot sector of a filesystem is where an MBR is: there it is another reading, not a part of the table.
  const isBootSector = ({ offset }: FoundSignature) => tables.some((table) => offset < table.sectorBytes)
  return signaturesIn(ends)
    .filter((signature) => isOwn(signature) || isBootSector(signature))
    .map((signature) => ({
      kind: signature.content === undefined ? 'member' : 'filesystem',
      words: `${signature.name} on the whole disk (byte ${signature.offset})`,
      sectorBytes,
      places: [],
      notes: [],
      signature,
    }))
}

const asExtent = ({ startBytes, sizeBytes }: { startBytes: number; sizeBytes: number }): Extent => ({
  offset: startBytes,
  length: sizeBytes,
})
