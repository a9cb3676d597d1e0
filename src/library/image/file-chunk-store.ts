// Chunks as files under <directory>/<first two hex digits>/<digest>.zst. Touches the file system, mostly in threads.
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { open, readdir, readFile, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { StoreSpace } from '../../contract/image-care.ts'
import { corruptChunk, MAX_SEAL_BYTES, openChunk, sectionsOfFile } from './chunk-file.ts'
import type { ChunkStore, ReadWish, StoredChunk } from './chunk-store.ts'
import { storeFull, syncDirectory } from './durable-write.ts'
import type { StoreResult } from './store-worker.ts'
import { StoreWorkers } from './store-workers.ts'

const CHUNK_FILE = /^([0-9a-f]{64})\.zst$/
const ABANDONED_MS = 3_600_000
/** Bytes that were checked so recently are in the system's memory: a rack that boots asks for each chunk once a machine. */
const CHECKED_MS = 300_000
const MOST_REMEMBERED = 65_536

interface Written {
  readonly temporary: string
  readonly path: string
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class FileChunkStore implements ChunkStore {
  readonly #directory: string
  readonly #workers = new StoreWorkers()
  /** Two agents that send the same chunk at once write it once. */
  readonly #inFlight = new Map<string, Promise<number>>()
  /** Written under a temporary name; the next commit flushes and names all of them together. */
  #written: Written[] = []
  #isCommitting = false
  /** When chunks were read and found whole; the oldest first. */
  readonly #checkedMs = new Map<string, number>()
  /** Directories with names that a power cut could still take. */
  readonly #unsettled = new Set<string>()

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

  async settle(): Promise<void> {
    const directories = [...this.#unsettled]
    this.#unsettled.clear()
    await Promise.all(directories.map(syncDirectory))
  }

  async get(digest: string, { place, again = false }: ReadWish = {}): Promise<Uint8Array> {
    const path = this.#pathOf(digest)
    const check = again || !this.#wasChecked(digest)
    // What a thread cannot read or does not find whole is looked at again here, where there are words for it.
    const result = place === undefined ? undefined : await this.#workers.run({ kind: 'read', path, into: place, check })
    if (result?.kind === 'read' && result.length !== undefined) {
      if (check) this.#rememberChecked(digest)
      return place!.subarray(0, result.length)
    }
    const file = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw chunkNotFound(digest)
      throw corruptChunk(digest, `its file cannot be read (${error.code ?? error.message})`)
    })
    try {
      return openChunk(digest, file)
    } catch (error) {
      await this.#setAside(digest)
      throw error
    }
  }

  async sections(digest: string): Promise<Uint8Array> {
    const file = await open(this.#pathOf(digest)).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? chunkNotFound(digest) : corruptChunk(digest, `its file cannot be read (${error.code})`)
    })
    try {
      const { size } = await file.stat()
      const last = Buffer.alloc(Math.min(size, MAX_SEAL_BYTES))
      await file.read(last, 0, last.length, size - last.length)
      return sectionsOfFile(digest, last, size)
    } catch (error) {
      await this.#setAside(digest)
      throw error
    } finally {
      await file.close()
    }
  }

  async sizeOf(digest: string): Promise<number | undefined> {
    return stat(this.#pathOf(digest)).then(
      ({ size }) => size,
      () => undefined,
    )
  }

  async *list(): AsyncGenerator<{ readonly digest: string; readonly sizeBytes: number }> {
    for (const prefix of await readdir(this.#directory)) {
      const folder = join(this.#directory, prefix)
      for (const file of await readdir(folder)) {
        const { size, mtimeMs } = await stat(join(folder, file)).catch(() => ({ size: 0, mtimeMs: Number.POSITIVE_INFINITY }))
        const digest = CHUNK_FILE.exec(file)?.[1]
        if (digest !== undefined) yield { digest, sizeBytes: size }
        // What an appliance that died was about to write; nothing takes so long to be named.
        else if (file.endsWith('.tmp') && mtimeMs < Date.now() - ABANDONED_MS) await rm(join(folder, file), { force: true })
      }
    }
  }

  async remove(digest: string): Promise<void> {
    await rm(this.#pathOf(digest), { force: true })
  }

  async space(): Promise<StoreSpace> {
    const { blocks, bfree, bavail, bsize } = await statfs(this.#directory)
    // What is kept for root counts as used on neither side.
    return { totalBytes: (blocks - bfree + bavail) * bsize, freeBytes: bavail * bsize }
  }

  async #store({ digest, bytes }: StoredChunk): Promise<number> {
    if (this.has(digest)) return 0
    const path = this.#pathOf(digest)
    const temporary = join(dirname(path), `.${digest}.${randomUUID()}.tmp`)
    const result = await this.#workers.run({ kind: 'write', digest, bytes, temporary })
    if (result.kind === 'refused') throw mismatch(digest, result.reason)
    const sizeBytes = expectKind(result, 'written', temporary).sizeBytes
    await new Promise<void>((resolve, reject) => {
      this.#written.push({ temporary, path, resolve, reject })
      this.#commitAll()
    })
    this.#unsettled.add(dirname(path))
    return sizeBytes
  }

  /** While one commit runs, the next one's files gather: a flush costs the same for one as for many. */
  #commitAll(): void {
    if (this.#isCommitting || this.#written.length === 0) return
    this.#isCommitting = true
    const group = this.#written
    this.#written = []
    this.#workers
      .run({ kind: 'commit', files: group.map(({ temporary, path }) => ({ temporary, path })) })
      .then((result) => {
        expectKind(result, 'committed', this.#directory)
        for (const { resolve } of group) resolve()
      })
      .catch((error: unknown) => {
        for (const { reject } of group) reject(error)
      })
      .finally(() => {
        this.#isCommitting = false
        this.#commitAll()
      })
  }

  #wasChecked(digest: string): boolean {
    const checkedMs = this.#checkedMs.get(digest)
    return checkedMs !== undefined && performance.now() - checkedMs < CHECKED_MS
  }

  #rememberChecked(digest: string): void {
    this.#checkedMs.delete(digest)
    this.#checkedMs.set(digest, performance.now())
    if (this.#checkedMs.size > MOST_REMEMBERED) this.#checkedMs.delete(this.#checkedMs.keys().next().value!)
  }

  /** Out of the way under another name: the next capture that has the chunk stores it anew. */
  async #setAside(digest: string): Promise<void> {
    const path = this.#pathOf(digest)
    await rename(path, `${path}.corrupt`).catch(() => undefined)
  }

  #pathOf(digest: string): string {
    return join(this.#directory, digest.slice(0, 2), `${digest}.zst`)
  }
}

function expectKind<K extends StoreResult['kind']>(
  result: StoreResult,
  kind: K,
  path: string,
): Extract<StoreResult, { kind: K }> {
  if (result.kind === kind) return result as Extract<StoreResult, { kind: K }>
  const message = result.kind === 'failed' ? result.message : `the store's thread answered ${result.kind}`
  const isFull = result.kind === 'failed' && (result.code === 'ENOSPC' || result.code === 'EDQUOT')
  throw isFull ? storeFull(path, message) : new Error(message)
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
    'List what is damaged with `platen image verify`; `platen image heal` fetches it from a node that holds it, and so does a new capture from one that runs the version.',
  )
}
