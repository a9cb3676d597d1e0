// Chunks as files under <directory>/<first two hex digits>/<digest>.zst. Touches the file system.
import { hash } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { readFile, rename, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { AppError } from '../../contract/errors.ts'
import { corruptChunk, openChunk, sealChunk } from './chunk-file.ts'
import type { ChunkStore, StoredChunk } from './chunk-store.ts'
import { syncDirectory, writeWhole } from './durable-write.ts'

const decompress = promisify(zstdDecompress)
const MAX_CHUNK_BYTES = 16 * 1024 * 1024

export class FileChunkStore implements ChunkStore {
  readonly #directory: string
  /** Two agents that send the same chunk at once write it once. */
  readonly #inFlight = new Map<string, Promise<number>>()

  constructor(directory: string) {
    this.#directory = directory
    // All 256 at once: put never has to look, and their names are on disk before the first chunk.
    for (let prefix = 0; prefix < 256; prefix++)
      mkdirSync(join(directory, prefix.toString(16).padStart(2, '0')), { recursive: true })
  }

  has(digest: string): boolean {
    return existsSync(this.#pathOf(digest))
  }

  async put(chunk: StoredChunk): Promise<number> {
    const other = this.#inFlight.get(chunk.digest)
    if (other !== undefined) {
      await other
      return 0
    }
    const own = this.#store(chunk).finally(() => this.#inFlight.delete(chunk.digest))
    this.#inFlight.set(chunk.digest, own)
    return own
  }

  async get(digest: string): Promise<Uint8Array> {
    const path = this.#pathOf(digest)
    const file = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw chunkNotFound(digest)
      throw corruptChunk(digest, `its file cannot be read (${error.code ?? error.message})`)
    })
    try {
      return openChunk(digest, file)
    } catch (error) {
      await this.#quarantine(path)
      throw error
    }
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#directory)
    return bavail * bsize
  }

  async #store({ digest, bytes }: StoredChunk): Promise<number> {
    if (this.has(digest)) return 0
    await checkContent(digest, bytes)
    const path = this.#pathOf(digest)
    const file = sealChunk(bytes)
    await writeWhole(path, file)
    await syncDirectory(dirname(path))
    return file.length
  }

  /** Out of the way under another name: the next capture that has the chunk stores it anew. */
  async #quarantine(path: string): Promise<void> {
    if ((await stat(path).catch(() => undefined)) === undefined) return
    await rename(path, `${path}.corrupt`).catch(() => undefined)
  }

  #pathOf(digest: string): string {
    return join(this.#directory, digest.slice(0, 2), `${digest}.zst`)
  }
}

async function checkContent(digest: string, bytes: Uint8Array): Promise<void> {
  const content = await decompress(bytes, { maxOutputLength: MAX_CHUNK_BYTES }).catch((cause: Error) => {
    throw mismatch(digest, `it does not decompress (${cause.message})`)
  })
  const actual = hash('sha256', content, 'hex')
  if (actual !== digest) throw mismatch(digest, `its content has the digest ${actual}`)
}

function mismatch(digest: string, reason: string): AppError {
  return new AppError(
    'IMAGE_DIGEST_MISMATCH',
    `chunk ${digest} was refused: ${reason}`,
    'The agent sends it once more; if that fails too, test the memory and the network of the machine that captures.',
  )
}

function chunkNotFound(digest: string): AppError {
  return new AppError(
    'IMAGE_CHUNK_NOT_FOUND',
    `chunk ${digest} is not in the store`,
    'List what is damaged with `platen image verify`; a new capture from a node that runs the version brings the chunk back.',
  )
}
