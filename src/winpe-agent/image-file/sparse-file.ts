// A file that is unpacked into, with holes where zeros are, and with two limits: what the source may become, and what the disk has room for.
// Touches the file.
import { type FileHandle, open, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { isZero } from '../../imaging/disk-signature.ts'
import { formatBytes } from '../../imaging/plan-text.ts'
import { writeAt } from '../imaging/open-disk.ts'
import type { Pieces } from './pieces.ts'

const BLOCK_BYTES = 64 * 1024
/** Asking for free space is cheap, but not free. */
const ASK_EVERY_BYTES = 64 * 1024 * 1024
/** Left for everybody else who uses that disk. */
const SPARE_BYTES = 128 * 1024 * 1024

export class SparseFile {
  readonly path: string
  readonly #file: FileHandle
  #written = 0
  #askAt = 0

  private constructor(path: string, file: FileHandle) {
    this.path = path
    this.#file = file
  }

  static async create(path: string): Promise<SparseFile> {
    return new SparseFile(path, await open(path, 'wx', 0o600))
  }

  /** Zeros are skipped: write each place once. Throws IMAGE_TEMPORARY_FULL before the disk is full. */
  async write(offset: number, bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
      const block = bytes.subarray(at, at + BLOCK_BYTES)
      if (isZero(block)) continue
      await this.#askForRoom(block.length)
      await writeAt(this.#file, offset + at, block)
    }
  }

  /** The size that it has in the end; the rest of it is a hole. */
  async end(sizeBytes: number): Promise<void> {
    await this.#file.truncate(sizeBytes)
    await this.close()
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  async #askForRoom(bytes: number): Promise<void> {
    if (this.#written >= this.#askAt) {
      await requireRoom(dirname(this.path), ASK_EVERY_BYTES)
      this.#askAt = this.#written + ASK_EVERY_BYTES
    }
    this.#written += bytes
  }
}

/** Throws IMAGE_TEMPORARY_FULL. */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free >= bytes + SPARE_BYTES) return
  throw new AppError(
    'IMAGE_TEMPORARY_FULL',
    `${folder} has ${formatBytes(free)} free, and unpacking needs ${formatBytes(bytes + SPARE_BYTES)} or more`,
    'Name a folder on a disk with more space: --temporary FOLDER.',
  )
}

/** How large what comes out of a file may become. */
export interface Allowance {
  readonly bytes: number
  /** Of the file, for messages. */
  readonly file: string
}

/** A small file that unpacks without end fills a disk: so many times its size, or this much, whichever is more, is plausible for a disk. */
const PLAUSIBLE_TIMES = 200
const PLAUSIBLE_BYTES = 16 * 1024 ** 3

export function allowanceFor(file: string, fileBytes: number, wanted: number | undefined): Allowance {
  return { file, bytes: wanted ?? Math.max(PLAUSIBLE_BYTES, PLAUSIBLE_TIMES * fileBytes) }
}

/** Throws IMAGE_FILE_EXPANDS. */
export function requireAllowed(bytes: number, { file, bytes: allowed }: Allowance): void {
  if (bytes <= allowed) return
  throw new AppError(
    'IMAGE_FILE_EXPANDS',
    `${file} becomes more than ${formatBytes(allowed)} when it is unpacked`,
    'If that is right, say how large it may become: --max-size 2T. Otherwise do not trust the file.',
  )
}

/** A whole stream; gives its length. */
export async function fillFrom(file: SparseFile, pieces: Pieces, allowance: Allowance, signal: AbortSignal): Promise<number> {
  let sizeBytes = 0
  for await (const piece of pieces) {
    signal.throwIfAborted()
    requireAllowed(sizeBytes + piece.length, allowance)
    await file.write(sizeBytes, piece)
    sizeBytes += piece.length
  }
  await file.end(sizeBytes)
  return sizeBytes
}
