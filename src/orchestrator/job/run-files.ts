// Files of scripts that people run on nodes, by digest, in <dataDir>/run-files: kept while a job that has not ended or a schedule names them, and
// for a day after they were brought.
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AppError } from '../../contract/errors.ts'
import { type KeptRunFile, RUN_FILE_MAX_BYTES, type RunFile } from '../../contract/run.ts'
import type { FileRef } from '../../contract/steps.ts'
import { syncFolder } from '../../store/index.ts'

const DIGEST = /^[0-9a-f]{64}$/
const KEPT_MS = 24 * 3_600_000

interface RunFilesDeps {
  readonly dataDir: string
  readonly now: () => number
  /** Digests that are named by jobs which have not ended, or by schedules. */
  readonly used: () => ReadonlySet<string>
}

export class RunFiles {
  readonly #deps: RunFilesDeps
  readonly #folder: string
  readonly #sizes = new Map<string, number>()
  #count = 0

  private constructor(deps: RunFilesDeps) {
    this.#deps = deps
    this.#folder = join(deps.dataDir, 'run-files')
  }

  static async open(deps: RunFilesDeps): Promise<RunFiles> {
    const files = new RunFiles(deps)
    await mkdir(files.#folder, { recursive: true })
    for (const name of await readdir(files.#folder)) {
      if (DIGEST.test(name)) files.#sizes.set(name, (await stat(join(files.#folder, name))).size)
      else await rm(join(files.#folder, name))
    }
    return files
  }

  /** On disk when it answers. */
  async keep(content: Readable): Promise<KeptRunFile> {
    await this.#prune()
    const temporary = join(this.#folder, `${this.#count++}.new`)
    const hash = createHash('sha256')
    let sizeBytes = 0
    async function* counted(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const part of source) {
        sizeBytes += part.length
        if (sizeBytes > RUN_FILE_MAX_BYTES) throw tooLarge()
        hash.update(part)
        yield part
      }
    }
    try {
      await pipeline(content, counted, createWriteStream(temporary, { flush: true }))
      const digest = hash.digest('hex')
      await rename(temporary, join(this.#folder, digest))
      await syncFolder(this.#folder)
      this.#sizes.set(digest, sizeBytes)
      return { digest, sizeBytes }
    } finally {
      await rm(temporary, { force: true })
    }
  }

  /** Throws RUN_FILE_NOT_FOUND. */
  ref({ path, digest }: Pick<RunFile, 'path' | 'digest'>): FileRef {
    const sizeBytes = this.#sizes.get(digest)
    if (sizeBytes !== undefined) return { path, digest, sizeBytes }
    throw new AppError(
      'RUN_FILE_NOT_FOUND',
      `${path} with the digest ${digest} is not here`,
      'Bring it first: `platen run` does both. What no job needs is dropped after a day.',
    )
  }

  pathOf(digest: string): string {
    return join(this.#folder, digest)
  }

  async #prune(): Promise<void> {
    const used = this.#deps.used()
    for (const digest of [...this.#sizes.keys()]) {
      if (used.has(digest)) {
        // A day from its last use on.
        const now = new Date(this.#deps.now())
        await utimes(this.pathOf(digest), now, now)
        continue
      }
      const { mtimeMs } = await stat(this.pathOf(digest))
      if (mtimeMs > this.#deps.now() - KEPT_MS) continue
      this.#sizes.delete(digest)
      await rm(this.pathOf(digest), { force: true })
    }
  }
}

function tooLarge(): AppError {
  return new AppError(
    'JOB_FILE_TOO_LARGE',
    `a file of a run has at most ${RUN_FILE_MAX_BYTES} bytes`,
    'Let the script fetch what is larger from a server of yours.',
  )
}
