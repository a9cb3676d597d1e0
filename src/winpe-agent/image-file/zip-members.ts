// The files in a ZIP archive, by its directory at the end (PKWARE APPNOTE 6.3, with Zip64), each checked while it is unpacked. Only reads.
import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32, createInflateRaw } from 'node:zlib'
import { AppError } from '../../contract/errors.ts'
import { decodeZipDirectory, findZipEnd, type ZipEntry, zipDataOffset, zipInvalid } from '../../imaging/zip-entries.ts'
import { readAt } from '../imaging/open-disk.ts'
import { type Pieces, piecesOf } from './pieces.ts'
import type { Member } from './tar-members.ts'

const STORED = 0
const DEFLATED = 8
const MOST_DIRECTORY_BYTES = 16 * 1024 * 1024

/** Throws IMAGE_FILE_INVALID; IMAGE_FILE_UNSUPPORTED for one that is encrypted or packed in a rare way, when it is unpacked. */
export async function zipMembers(file: FileHandle): Promise<Member[]> {
  const { size } = await file.stat()
  const tailAt = Math.max(0, size - 66_000)
  const end = await findZipEnd(await readAt(file, tailAt, size - tailAt), tailAt, (offset, length) =>
    readAt(file, offset, length),
  )
  if (end.directoryBytes > MOST_DIRECTORY_BYTES) throw zipInvalid(`its directory has ${end.directoryBytes} bytes`)
  const entries = decodeZipDirectory(await readAt(file, end.directoryAt, end.directoryBytes), end.count)
  return entries
    .filter(({ name }) => !name.endsWith('/'))
    .map((entry) => ({ name: entry.name, sizeBytes: entry.sizeBytes, content: () => unpack(file, entry) }))
}

async function* unpack(file: FileHandle, entry: ZipEntry): AsyncGenerator<Buffer> {
  if (entry.isEncrypted) throw unsupported(`${entry.name} is encrypted`)
  if (entry.method !== STORED && entry.method !== DEFLATED) throw unsupported(`${entry.name} is packed by method ${entry.method}`)
  const dataAt = zipDataOffset(entry, await readAt(file, entry.headerAt, 30))
  const packed = piecesOf(file, dataAt, entry.packedBytes)
  let checksum = 0
  let sizeBytes = 0
  for await (const piece of entry.method === STORED ? packed : inflated(packed, entry)) {
    checksum = crc32(piece, checksum)
    sizeBytes += piece.length
    yield piece
  }
  if (sizeBytes !== entry.sizeBytes || checksum !== entry.crc)
    throw zipInvalid(`${entry.name} has another checksum than its directory says`)
}

async function* inflated(packed: Pieces, { name }: ZipEntry): AsyncGenerator<Buffer> {
  const inflate = createInflateRaw()
  // What goes wrong on either side ends both, and comes out of the loop below.
  pipeline(Readable.from(packed, { objectMode: false }), inflate).catch(() => undefined)
  try {
    yield* inflate as unknown as Pieces
  } catch (cause) {
    throw zipInvalid(`${name} cannot be unpacked`, cause)
  } finally {
    inflate.destroy()
  }
}

function unsupported(reason: string): AppError {
  return new AppError(
    'IMAGE_FILE_UNSUPPORTED',
    `this ZIP archive cannot be read: ${reason}`,
    'Unpack it with `7z x FILE`, and import what was in it.',
  )
}
