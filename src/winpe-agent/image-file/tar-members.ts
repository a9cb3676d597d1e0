// The files in a tar archive, by their places. Only reads.
import type { FileHandle } from 'node:fs/promises'
import { decodeTarHeader, isTarHeader, parseExtended, TAR_BLOCK_BYTES, tarInvalid } from '../../imaging/tar-entries.ts'
import { readAt } from '../imaging/open-disk.ts'
import { type Pieces, piecesOf } from './pieces.ts'

export interface Member {
  readonly name: string
  readonly sizeBytes: number
  /** What it holds, from its first byte; asked for as often as needed. */
  content(): Pieces
}

/** Far more than any archive of a disk has; the rest of its headers is somebody's joke. */
const MOST_MEMBERS = 10_000
const MOST_NOTE_BYTES = 1024 * 1024

/** Throws IMAGE_FILE_INVALID. */
export async function tarMembers(file: FileHandle): Promise<Member[]> {
  const { size } = await file.stat()
  const members: Member[] = []
  let notes: { path?: string; sizeBytes?: number } = {}
  for (let at = 0; at < size; ) {
    const block = await readAt(file, at, TAR_BLOCK_BYTES)
    // Two blocks of zeros end an archive; what stands behind is padding.
    if (!isTarHeader(block) && block.every((byte) => byte === 0)) break
    const header = decodeTarHeader(block)
    const sizeBytes = notes.sizeBytes ?? header.sizeBytes
    const contentAt = at + TAR_BLOCK_BYTES
    if (contentAt + sizeBytes > size) throw tarInvalid(`it ends at byte ${size}, inside of ${header.name}`)
    at = contentAt + Math.ceil(sizeBytes / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES
    if (header.kind === 'long-name' || header.kind === 'extended') {
      notes = { ...notes, ...(await readNotes(file, contentAt, sizeBytes, header.kind)) }
      continue
    }
    if (header.kind === 'file') {
      members.push({ name: notes.path ?? header.name, sizeBytes, content: () => piecesOf(file, contentAt, sizeBytes) })
    }
    notes = {}
    if (members.length > MOST_MEMBERS) throw tarInvalid(`it holds more than ${MOST_MEMBERS} files`)
  }
  return members
}

async function readNotes(file: FileHandle, at: number, sizeBytes: number, kind: 'long-name' | 'extended') {
  if (sizeBytes > MOST_NOTE_BYTES) throw tarInvalid(`the name of one of its files has ${sizeBytes} bytes`)
  const bytes = await readAt(file, at, sizeBytes)
  return kind === 'extended' ? parseExtended(bytes) : { path: bytes.toString('utf8').split('\0')[0]! }
}
