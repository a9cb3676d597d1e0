// A disk out of the parts that imaging programs keep of it: table, gap, one image for each partition -> a raw file with holes. Touches the files.
import { open } from 'node:fs/promises'
import { AppError } from '../../contract/errors.ts'
import { describeMagic } from '../../imaging/file-content.ts'
import type { Placed } from '../../imaging/gpt.ts'
import { PACKED_HEAD_BYTES, packedFormat } from '../../imaging/packed-formats.ts'
import { PARTCLONE_MAGIC } from '../../imaging/partclone-image.ts'
import type { PartitionPlace } from '../../imaging/saved-gpt.ts'
import { encodeSwapHeader } from '../../imaging/swap-header.ts'
import { throughFilter } from '../tools/filter-process.ts'
import { UNPACKERS } from '../tools/unpackers.ts'
import type { FileWork } from './file-work.ts'
import { ByteReader, piecesOf } from './pieces.ts'
import { readPartclone } from './read-partclone.ts'
import { type Allowance, requireAllowed, SparseFile } from './sparse-file.ts'

export type SavedContent =
  /** Its image, in so many files one behind the other. isCopy: it may be the bytes of the partition as they are. */
  | { readonly kind: 'image'; readonly files: readonly string[]; readonly isCopy: boolean }
  | { readonly kind: 'swap'; readonly uuid: string; readonly label: string }
  | { readonly kind: 'none' }

export interface SavedPartition extends PartitionPlace {
  readonly content: SavedContent
}

export interface SavedDisk {
  /** As its program calls it, for messages. */
  readonly name: string
  /** undefined: that of the one filesystem which takes all of it. */
  readonly sizeBytes: number | undefined
  readonly sectorBytes: 512 | 4096
  readonly writes: readonly Placed[]
  readonly partitions: readonly SavedPartition[]
}

/** Throws IMAGE_FILE_INVALID, IMAGE_FILE_UNSUPPORTED, IMAGE_FILE_EXPANDS, IMAGE_TEMPORARY_FULL. */
export async function assembleDisk(saved: SavedDisk, rawFile: string, allowance: Allowance, work: FileWork): Promise<void> {
  const raw = await SparseFile.create(rawFile)
  try {
    for (const { offset, bytes } of saved.writes) await raw.write(offset, Buffer.from(bytes))
    let usedBytes = 0
    for (const [index, partition] of saved.partitions.entries()) {
      const percent = Math.floor((100 * index) / saved.partitions.length)
      work.progress({ minorState: `unpacking partition ${partition.number} of ${saved.name}`, percent, transfer: {} })
      usedBytes = Math.max(usedBytes, await fillPartition(partition, { raw, allowance, work, name: saved.name }))
    }
    await raw.end(saved.sizeBytes ?? Math.ceil(usedBytes / saved.sectorBytes) * saved.sectorBytes)
  } catch (error) {
    await raw.close().catch(() => undefined)
    throw error
  }
}

interface Filling {
  readonly raw: SparseFile
  readonly allowance: Allowance
  readonly work: FileWork
  readonly name: string
}

/** Gives the bytes that the imaged device had. */
async function fillPartition(partition: SavedPartition, filling: Filling): Promise<number> {
  const { content, startBytes, sizeBytes, number } = partition
  switch (content.kind) {
    case 'none':
      filling.work.log(`partition ${number} of ${filling.name} has no image in the folder: it stays empty`)
      return sizeBytes
    case 'swap':
      await filling.raw.write(startBytes, encodeSwapHeader({ sizeBytes, ...content }))
      return sizeBytes
    case 'image':
      return fillFromImage(partition, content, filling)
  }
}

async function fillFromImage(
  partition: SavedPartition,
  { files, isCopy }: Extract<SavedContent, { kind: 'image' }>,
  filling: Filling,
): Promise<number> {
  const reader = await unpacked(new ByteReader(piecesOfFiles(files)), filling.work.signal)
  const head = await reader.peek(PARTCLONE_MAGIC.length)
  if (head.toString('latin1') === PARTCLONE_MAGIC) return fillFromPartclone(partition, reader, filling)
  if (isCopy) return fillFromCopy(partition, reader, filling)
  await reader.end()
  throw new AppError(
    'IMAGE_FILE_UNSUPPORTED',
    `the image of partition ${partition.number} of ${filling.name} is none of partclone: it begins with ${describeMagic(head)}`,
    'Restore the image with its own program onto a disk, and capture that.',
  )
}

async function fillFromPartclone(
  partition: SavedPartition,
  reader: ByteReader,
  { raw, allowance, work, name }: Filling,
): Promise<number> {
  const { head, blocks } = await readPartclone(reader)
  if (head.deviceBytes > partition.sizeBytes) throw tooLarge(partition, name, head.deviceBytes)
  if (head.checksum === 'unchecked')
    work.log(`the checksums of partition ${partition.number} are not computed here: they are not compared`)
  let written = 0
  for await (const { offset, bytes } of blocks()) {
    work.signal.throwIfAborted()
    written += bytes.length
    requireAllowed(written, allowance)
    await raw.write(partition.startBytes + offset, bytes)
  }
  return head.deviceBytes
}

async function fillFromCopy(
  partition: SavedPartition,
  reader: ByteReader,
  { raw, allowance, work, name }: Filling,
): Promise<number> {
  let written = 0
  for await (const piece of reader.rest()) {
    work.signal.throwIfAborted()
    if (written + piece.length > partition.sizeBytes) throw tooLarge(partition, name, written + piece.length)
    requireAllowed(written + piece.length, allowance)
    await raw.write(partition.startBytes + written, piece)
    written += piece.length
  }
  return written
}

async function unpacked(reader: ByteReader, signal: AbortSignal): Promise<ByteReader> {
  const format = packedFormat(await reader.peek(PACKED_HEAD_BYTES))
  return format === undefined ? reader : new ByteReader(throughFilter(UNPACKERS[format], reader.rest(), signal))
}

async function* piecesOfFiles(files: readonly string[]): AsyncGenerator<Buffer> {
  for (const path of files) {
    const file = await open(path, 'r')
    try {
      yield* piecesOf(file)
    } finally {
      await file.close()
    }
  }
}

function tooLarge({ number, sizeBytes }: SavedPartition, name: string, imageBytes: number): AppError {
  return new AppError(
    'IMAGE_FILE_INVALID',
    `the image of partition ${number} of ${name} is of ${imageBytes} bytes or more, but its partition has ${sizeBytes}`,
    'Its table belongs to another disk: copy the whole folder again.',
  )
}
