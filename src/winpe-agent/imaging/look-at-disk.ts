// What is on a disk, partition by partition. Only reads.
import type { FileHandle } from 'node:fs/promises'
import { AppError } from '../../contract/errors.ts'
import type { PartitionTable, ReadAs } from '../../contract/image.ts'
import { type ChosenReading, chooseReading } from '../../imaging/choose-reading.ts'
import { SIGNATURE_BYTES, type Signature, signatureOf } from '../../imaging/disk-signature.ts'
import { filesystemId } from '../../imaging/filesystem-id.ts'
import type { DiskGeometry } from '../../imaging/gpt.ts'
import { decodeLvmLabel } from '../../imaging/lvm-label.ts'
import { readMdSuperblocks } from '../../imaging/md-superblock.ts'
import { collectReadings, type Readings } from '../../imaging/readings.ts'
import { type FoundSignature, HEAD_BYTES, signaturesIn, TAIL_BYTES } from '../../imaging/signatures.ts'
import { readAt } from './open-disk.ts'

export interface PartitionLook {
  /** 0: the disk itself, which has no table. */
  readonly number: number
  readonly startBytes: number
  readonly sizeBytes: number
  /** Type of the partition as the table says, in its own words; empty without a table. */
  readonly typeId: string
  readonly head: Uint8Array
  readonly signature: Signature
  /** It is a member of an array or a volume group, whose metadata can be understood; left out: it is none. */
  readonly memberOf?: 'md' | 'lvm'
}

export interface DiskLook {
  readonly geometry: DiskGeometry
  readonly table: PartitionTable
  readonly partitions: readonly PartitionLook[]
  /** How the disk was read, and what of it is the table. */
  readonly reading: ChosenReading
}

/**
 * BIOS boot, PReP (GPT and MBR): booting reads their blocks, never a filesystem in them. What an earlier one left there is no reason to skip any.
 * Microsoft reserved ought to hold nothing; whatever somebody put there comes along.
 */
const WHOLE_TYPES = [
  '21686148-6449-6e6f-744e-656564454649',
  '9e1a2d38-c612-4316-aa26-8b49521e5a8b',
  '0x41',
  'e3c9e316-0b5c-4db8-817d-f92df00215ae',
]

/** as: how a person says that it is to be read. Throws IMAGE_READINGS_DISAGREE, IMAGE_TABLE_INVALID or IMAGE_TABLE_UNSUPPORTED. */
export async function lookAtDisk(disk: FileHandle, geometry: DiskGeometry, as?: ReadAs): Promise<DiskLook> {
  const { sectorBytes } = geometry
  if (sectorBytes !== 512 && sectorBytes !== 4096) throw otherSectors(sectorBytes)
  const read = (offset: number, length: number) => readAt(disk, offset, length)
  const readings = as === 'raw' ? NO_READINGS : await collectReadings(read, { sizeBytes: geometry.sizeBytes, sectorBytes })
  const reading = chooseReading(readings, as, sectorBytes)
  const table = tableWithId(reading.table, await read(0, SIGNATURE_BYTES), reading.as)
  const partitions: PartitionLook[] = []
  const ranges = rangesOf(table, geometry)
  refuseOverlap(ranges)
  for (const range of ranges) {
    const end = range.startBytes + range.sizeBytes
    if (end > geometry.sizeBytes) throw reachesOut(range.number, end, geometry)
    partitions.push(await lookAtPartition(disk, range, reading))
  }
  return { geometry, table, partitions, reading }
}

const NO_READINGS: Readings = { candidates: [], unannounced: [] }

async function lookAtPartition(disk: FileHandle, range: PartitionRange, reading: ChosenReading): Promise<PartitionLook> {
  const { startBytes, sizeBytes, typeId } = range
  const beginning = await readAt(disk, startBytes, Math.min(HEAD_BYTES, sizeBytes))
  const head = Buffer.from(beginning.subarray(0, SIGNATURE_BYTES))
  const place = { number: range.number, startBytes, sizeBytes, typeId, head }
  const isWhole = reading.as === 'raw' || WHOLE_TYPES.includes(typeId)
  if (isWhole) return { ...place, signature: { kind: 'whole' } }
  const tailBytes = Math.min(TAIL_BYTES, sizeBytes)
  const tail = await readAt(disk, startBytes + sizeBytes - tailBytes, tailBytes)
  const found = reading.signature === undefined ? signaturesIn({ sizeBytes, head: beginning, tail }) : [reading.signature]
  const signature = signatureOf(found, head)
  const memberOf = await membershipOf((offset, length) => readAt(disk, startBytes + offset, length), sizeBytes, { found, head })
  return { ...place, signature, ...(memberOf === undefined ? {} : { memberOf }) }
}

/** An array whose metadata stands at the end of its members has, at their beginning, what it holds: the filesystem is then not theirs. */
async function membershipOf(
  read: (offset: number, length: number) => Promise<Buffer>,
  sizeBytes: number,
  { found, head }: { readonly found: readonly FoundSignature[]; readonly head: Buffer },
): Promise<PartitionLook['memberOf']> {
  const isMd = found.some(({ name }) => name.startsWith('md RAID'))
  if (isMd && (await readMdSuperblocks(read, sizeBytes)).length === 1) return 'md'
  const isLvm = found.length === 1 && found[0]!.name === 'LVM'
  return isLvm && decodeLvmLabel(head) !== undefined ? 'lvm' : undefined
}

interface PartitionRange {
  readonly number: number
  readonly startBytes: number
  readonly sizeBytes: number
  readonly typeId: string
}

function rangesOf(table: PartitionTable, geometry: DiskGeometry): readonly PartitionRange[] {
  switch (table.kind) {
    case 'none':
      return [{ number: 0, startBytes: 0, sizeBytes: geometry.sizeBytes, typeId: '' }]
    case 'gpt':
      return table.partitions
    case 'mbr':
      return table.partitions
        .filter(({ isContainer }) => !isContainer)
        .map((partition) => ({ ...partition, typeId: `0x${partition.typeId.toString(16)}` }))
  }
}

/** A disk without a table is known again by the id of its filesystem. */
function tableWithId(table: PartitionTable, head: Buffer, as: ReadAs): PartitionTable {
  const id = table.kind === 'none' && as === 'filesystem' ? filesystemId(head) : undefined
  return id === undefined ? table : { kind: 'none', id }
}

/** The kernel takes them when it reads the table itself, and refuses them when it is told of them: nobody could check what they hold. */
function refuseOverlap(ranges: readonly PartitionRange[]): void {
  const inOrder = [...ranges].sort((a, b) => a.startBytes - b.startBytes)
  for (const [index, { number, startBytes, sizeBytes }] of inOrder.entries()) {
    const next = inOrder[index + 1]
    if (next === undefined || startBytes + sizeBytes <= next.startBytes) continue
    throw new AppError(
      'IMAGE_TABLE_UNSUPPORTED',
      `partitions ${number} and ${next.number} lie over each other: ${number} ends at byte ${startBytes + sizeBytes}, ${next.number} begins at byte ${next.startBytes}`,
      'Remove the one that is not meant (`sfdisk --delete DISK NUMBER`), or take every block of the disk with --as raw.',
    )
  }
}

function otherSectors(sectorBytes: number): AppError {
  return new AppError(
    'IMAGE_TABLE_UNSUPPORTED',
    `the disk has sectors of ${sectorBytes} bytes: only tables by sectors of 512 and of 4096 bytes are known here`,
    'Copy it with `dd` into a file, and keep that; an image of it could be written to no other disk.',
  )
}

function reachesOut(number: number, end: number, { sizeBytes }: DiskGeometry): AppError {
  return new AppError(
    'IMAGE_DISK_CUT_OFF',
    `partition ${number} ends at byte ${end}, but there are only ${sizeBytes} bytes: ${end - sizeBytes} bytes are not there`,
    'A file was cut off on its way: take it from its source again. A disk that is so small has a wrong table: `sfdisk --verify` tells what is wrong.',
  )
}
