// Files by digest, copied in: what is served is what was digested, whatever happens to the source meanwhile. A copy and not a hard link,
// because an editor may write into the same file; on file systems that can, it shares the blocks (reflink), so that a large file costs nothing.
import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { copyFile, type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { FileRef } from '../../contract/steps.ts'
import { syncFolder } from '../../store/index.ts'
import { pathOfHandle } from './open-inside.ts'

/** What this folder names; whatever else lies in it is somebody else's and stays. */
const DIGEST = /^[0-9a-f]{64}$/
const UNFINISHED = /^[0-9]+\.new$/

export class ContentFolder {
  readonly #path: string
  /** Digests of files that did not change since, by device and inode, so that a large one is read once. */
  readonly #known = new Map<string, { readonly stamp: string; readonly digest: string }>()

  private constructor(path: string) {
    this.#path = path
  }

  static async open(path: string): Promise<ContentFolder> {
    await mkdir(path, { recursive: true })
    for (const name of await readdir(path)) if (UNFINISHED.test(name)) await rm(join(path, name))
    return new ContentFolder(path)
  }

  /** Copies the file in, if its content is not there yet. path: how it is spoken of. */
  async keep(source: FileHandle, path: string): Promise<FileRef> {
    const { size, ctimeMs, dev, ino } = await source.stat()
    const stamp = `${size} ${ctimeMs}`
    const place = `${dev} ${ino}`
    const known = this.#known.get(place)
    if (known?.stamp === stamp && (await this.#has(known.digest))) return { path, digest: known.digest, sizeBytes: size }
    const temporary = join(this.#path, `${process.hrtime.bigint()}.new`)
    // Copied first, digested after: the copy is what is served, whoever writes to the source meanwhile.
    await copyFile(pathOfHandle(source), temporary, constants.COPYFILE_FICLONE)
    const digest = await digestOf(temporary)
    const { size: sizeBytes } = await stat(temporary)
    await syncFile(temporary)
    await rename(temporary, this.pathOf(digest))
    await syncFolder(this.#path)
    this.#known.set(place, { stamp, digest })
    return { path, digest, sizeBytes }
  }

  pathOf(digest: string): string {
    return join(this.#path, digest)
  }

  /** Removes every file but these. */
  async keepOnly(digests: ReadonlySet<string>): Promise<void> {
    for (const file of await readdir(this.#path)) if (DIGEST.test(file) && !digests.has(file)) await rm(this.pathOf(file))
  }

  async #has(digest: string): Promise<boolean> {
    return stat(this.pathOf(digest)).then(
      () => true,
      () => false,
    )
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  await handle.sync()
  await handle.close()
}
