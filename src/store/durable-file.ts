// Files that survive a power cut: whole-file replacement that keeps the last good copy, and an append-only file with grouped commits.
import { constants } from 'node:fs'
import { type FileHandle, open, readdir, rename, truncate } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What the copy that a replacement pushed aside is called. */
export const previousOf = (path: string): string => `${path}.previous`

/**
 * Temporary file, fsync, rename, fsync of the folder: after a crash the path holds the old bytes or the new ones.
 * keepPrevious: what was there stays beside it; between the two renames only that copy exists, so readers look there next.
 */
export async function replaceFile(path: string, parts: AsyncIterable<string>, keepPrevious: boolean): Promise<void> {
  const temporary = `${path}.new`
  const handle = await open(temporary, 'w', 0o600)
  try {
    for await (const part of parts) await handle.write(part)
    await handle.sync()
  } finally {
    await handle.close()
  }
  if (keepPrevious) await rename(path, previousOf(path)).catch(ignoreMissing)
  await rename(temporary, path)
  await syncFolder(dirname(path))
}

export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The names of what was made in a folder and in the folders in it, and its own: what is kept in them later is not lost with one of those. */
export async function settleFolders(path: string): Promise<void> {
  const inside = await readdir(path, { withFileTypes: true })
  const folders = inside.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name))
  for (const folder of [...folders, path]) await syncFolder(folder)
  // Made by somebody else, who may not let us read there: then its name was there before.
  await syncFolder(dirname(path)).catch(ignoreDenied)
}

function ignoreDenied(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
}

export function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}

interface Waiting {
  readonly text: string
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Appends that are on disk when their promise is kept; those that arrive during a flush share the next one. */
export class AppendFile {
  readonly path: string
  readonly #handle: FileHandle
  #sizeBytes: number
  #waiting: Waiting[] = []
  #flushing: Promise<void> | undefined

  private constructor(path: string, handle: FileHandle, sizeBytes: number) {
    this.path = path
    this.#handle = handle
    this.#sizeBytes = sizeBytes
  }

  /** goodBytes: where the readable part ends; a torn end beyond it (never acknowledged) is cut off. */
  static async open(path: string, goodBytes: number): Promise<AppendFile> {
    const handle = await open(path, 'a', 0o600)
    if ((await handle.stat()).size > goodBytes) await truncate(path, goodBytes)
    await syncFolder(dirname(path))
    return new AppendFile(path, handle, goodBytes)
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** The text must end with a line feed. Gives the offset at which it stands. */
  append(text: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ text, resolve, reject })
    this.#flushing ??= this.#flushAll()
    return promise
  }

  async close(): Promise<void> {
    await this.#flushing
    await this.#handle.close()
  }

  async #flushAll(): Promise<void> {
    // One turn of the event loop gathers what arrives together: a thousand claims become one fsync.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      try {
        await this.#flush(group.map(({ text }) => text).join(''))
        for (const { resolve } of group) resolve()
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    this.#flushing = undefined
  }

  async #flush(text: string): Promise<void> {
    const bytes = Buffer.from(text)
    try {
      await this.#handle.appendFile(bytes)
      await this.#handle.datasync()
      this.#sizeBytes += bytes.length
    } catch (error) {
      // Half a group may stand there (disk full): cut it off, or the next group would follow a torn line.
      await truncate(this.path, this.#sizeBytes).catch(() => undefined)
      throw error
    }
  }
}
