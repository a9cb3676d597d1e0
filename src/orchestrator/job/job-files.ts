// Files that belong to a job: what its scripts printed, left, or collected when it failed, and what it is certified by. In <dataDir>/job-files/<job id>, one folder a job, made with the first.
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { JOB_FILE_MAX_BYTES } from '../../contract/agent-api.ts'
import { AppError } from '../../contract/errors.ts'
import type { JobFile } from '../../contract/job.ts'
import { syncFolder } from '../../store/index.ts'

const MAX_FILES = 100
const MAX_JOB_BYTES = 4 * JOB_FILE_MAX_BYTES

export class JobFiles {
  readonly #folder: string

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'job-files')
  }

  /** Whole and on disk when it answers; one of the same name is replaced. The name was checked by the route. */
  async keep(jobId: string, name: string, content: Readable): Promise<void> {
    const folder = join(this.#folder, jobId)
    const others = (await this.list(jobId)).filter((file) => file.name !== name)
    const room = MAX_JOB_BYTES - others.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    if (others.length >= MAX_FILES) throw tooMuch(`job ${jobId} has ${MAX_FILES} files already`)
    await mkdir(folder, { recursive: true })
    // Begins with a dot, which no name does.
    const temporary = join(folder, `.${name}.new`)
    try {
      await pipeline(content, limitedTo(Math.min(room, JOB_FILE_MAX_BYTES), name), createWriteStream(temporary, { flush: true }))
      await rename(temporary, join(folder, name))
      await syncFolder(folder)
    } finally {
      await rm(temporary, { force: true })
    }
  }

  async list(jobId: string): Promise<readonly JobFile[]> {
    const names = await readdir(join(this.#folder, jobId)).catch(() => [])
    const whole = names.filter((name) => !name.startsWith('.')).sort()
    return Promise.all(whole.map(async (name) => ({ name, sizeBytes: (await stat(join(this.#folder, jobId, name))).size })))
  }

  async find(jobId: string, name: string): Promise<{ readonly path: string; readonly sizeBytes: number }> {
    const file = (await this.list(jobId)).find((each) => each.name === name)
    if (file !== undefined) return { path: join(this.#folder, jobId, name), sizeBytes: file.sizeBytes }
    throw new AppError(
      'JOB_FILE_NOT_FOUND',
      `job ${jobId} has no file ${name}`,
      'See which there are with `platen job files`; they come from scripts of a run, a wipe or a check, and when a job of a profile with onFailure has failed.',
    )
  }
}

function limitedTo(maxBytes: number, name: string) {
  return async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let bytes = 0
    for await (const part of source) {
      bytes += part.length
      if (bytes > maxBytes) throw tooMuch(`${name} is larger than the ${maxBytes} bytes that are left for it`)
      yield part
    }
  }
}

function tooMuch(message: string): AppError {
  const hint = `A job keeps ${MAX_FILES} files, each up to ${JOB_FILE_MAX_BYTES} bytes: collect less, or compress it.`
  return new AppError('JOB_FILE_TOO_LARGE', message, hint)
}
