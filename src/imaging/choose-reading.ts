// One reading of a disk, or a refusal that names all of them. Pure.
import { AppError } from '../contract/errors.ts'
import type { PartitionTable, ReadAs } from '../contract/image.ts'
import type { Extent } from './extents.ts'
import type { Reading, Readings } from './readings.ts'
import type { FoundSignature } from './signatures.ts'

export interface ChosenReading {
  readonly as: ReadAs
  /** A person said so: what others say of the disk as a whole is then no objection. */
  readonly isSaid: boolean
  readonly table: PartitionTable
  readonly sectorBytes: 512 | 4096
  /** Where the parts of the table stand. */
  readonly places: readonly Extent[]
  /** What is on the whole disk; left out with a table, and where all of it is taken as it is. */
  readonly signature?: FoundSignature
  readonly notes: readonly string[]
}

/** Throws IMAGE_READINGS_DISAGREE, IMAGE_TABLE_INVALID, IMAGE_TABLE_UNSUPPORTED or IMAGE_DISK_CUT_OFF. */
export function chooseReading(readings: Readings, as: ReadAs | undefined, sectorBytes: 512 | 4096 | undefined): ChosenReading {
  if (as === 'raw') return rawReading(sectorBytes ?? 512)
  const left = as === undefined ? readings.candidates : named(readings, as)
  const [only, ...others] = left.filter(
    (each) => as === undefined || sectorBytes === undefined || each.sectorBytes === sectorBytes,
  )
  if (only === undefined) throw nothing(readings, as, sectorBytes)
  if (others.length > 0) throw disagree([only, ...others], as)
  if (only.fault !== undefined) throw only.fault instanceof AppError ? only.fault : damaged(only.words, only.fault)
  if (as === undefined && only.cutOff !== undefined) throw only.cutOff
  // The only reading there is, and the device says that it cannot be: nobody else will read it so.
  if (sectorBytes !== undefined && only.table !== undefined && only.sectorBytes !== sectorBytes)
    throw otherSectors(only, sectorBytes)
  return chosen(only, as !== undefined, readings)
}

/** filesystem: those whose used blocks can be told come before what else stands on the whole disk. */
function named({ candidates, unannounced }: Readings, as: Exclude<ReadAs, 'raw'>): readonly Reading[] {
  const own = [...candidates, ...unannounced]
  if (as !== 'filesystem')
    return own.filter(({ kind, table, fault }) => kind === as && (table !== undefined || fault !== undefined))
  const filesystems = own.filter(({ kind }) => kind === 'filesystem')
  return filesystems.length > 0 ? filesystems : own.filter(({ signature }) => signature !== undefined)
}

function chosen(reading: Reading, isSaid: boolean, { candidates, unannounced }: Readings): ChosenReading {
  const { table, kind, sectorBytes, places, signature, notes } = reading
  const passedOver = [...candidates, ...unannounced].filter((each) => each !== reading)
  return {
    as: kind === 'member' ? 'filesystem' : kind,
    isSaid,
    table: table ?? { kind: 'none' },
    sectorBytes,
    places,
    ...(signature === undefined ? {} : { signature }),
    notes: [...notes, ...passedOver.map(({ words }) => `not taken: ${words}`)],
  }
}

const rawReading = (sectorBytes: 512 | 4096): ChosenReading => ({
  as: 'raw',
  isSaid: true,
  table: { kind: 'none' },
  sectorBytes,
  places: [],
  notes: ['every block of the disk is taken as it is'],
})

function disagree(left: readonly Reading[], as: ReadAs | undefined): AppError {
  const isSectors = as !== undefined || left.every(({ kind }) => kind === left[0]!.kind)
  return new AppError(
    'IMAGE_READINGS_DISAGREE',
    `the disk can be read in ${left.length} ways, and nothing tells which is meant: ${left.map(({ words }) => words).join('; ')}`,
    isSectors
      ? 'Erase what is left of an earlier use (`wipefs` lists it), or say which one is meant: --as gpt, mbr, filesystem or raw; for a file also --sector-size.'
      : 'Say which one is meant with --as gpt, mbr, filesystem or raw; or erase what is left of an earlier use (`wipefs` lists it), then capture again.',
  )
}

function otherSectors(only: Reading, sectorBytes: number): AppError {
  return new AppError(
    'IMAGE_READINGS_DISAGREE',
    `the disk has ${only.words}, but its own sectors have ${sectorBytes} bytes: a system on it reads something else`,
    'It was probably laid out behind a controller with other sectors: attach it that way again, or take every block of it with --as raw.',
  )
}

function damaged(words: string, reason: string): AppError {
  return new AppError(
    'IMAGE_TABLE_INVALID',
    `the disk has ${words}: ${reason}`,
    'Look at the disk with `sgdisk --verify`; repair the table, or say with --as mbr, filesystem or raw how the disk is to be read.',
  )
}

function nothing({ candidates, unannounced }: Readings, as: ReadAs | undefined, sectorBytes: number | undefined): AppError {
  if (as !== undefined) {
    const there = [...candidates, ...unannounced].map(({ words }) => words).join('; ') || 'nothing that is known here'
    const sectors = sectorBytes === undefined ? '' : ` in sectors of ${sectorBytes} bytes`
    return new AppError(
      'IMAGE_TABLE_UNSUPPORTED',
      `the disk is to be read as ${as}${sectors}, and there is no such thing on it; there is ${there}`,
      'Name what is there, or leave --as out.',
    )
  }
  const [old] = unannounced
  return new AppError(
    'IMAGE_TABLE_UNSUPPORTED',
    old === undefined
      ? 'the disk has neither a partition table nor a filesystem that is known here'
      : `the disk has ${old.words}, but its first sector does not announce one (type 0xEE)`,
    old === undefined
      ? 'Choose another disk: `platen node show` lists those of the machine. --as raw takes every block of it.'
      : 'If that table is meant, say --as gpt; the system on the disk may not find it. --as raw takes every block.',
  )
}
