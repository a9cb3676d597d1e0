// The files of all revisions, by digest, copied when a revision is loaded: what an agent fetches is what was digested, whatever
// happens in the profile's folder meanwhile. A copy and not a hard link, because an editor may write into the same file;
// on file systems that can, it shares the blocks (reflink), so that a large component costs nothing.
import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { copyFile, type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { FileRef } from '../../contract/steps.ts'
import { replaceFile, syncFolder } from '../../store/index.ts'
import { pathOfHandle } from './open-inside.ts'
import { makeRevision, type ProfileRevision } from './revision.ts'

/** Of each profile, besides those that jobs still need: to look back at, and for a job that is being posted right now. */
const KEPT_REVISIONS = 3
/** What this store names; whatever else lies in its folders is somebody else's and stays. */
const DIGEST = /^[0-9a-f]{64}$/
const UNFINISHED = /^[0-9]+\.new$/

export class ProfileFileStore {
  readonly #files: string
  readonly #revisions: string
  /** Digests of files that did not change since, by device and inode, so that a large component is read once. */
  readonly #known = new Map<string, { readonly stamp: string; readonly digest: string }>()

  private constructor(dataDir: string) {
    this.#files = join(dataDir, 'profile-files')
    this.#revisions = join(dataDir, 'profile-revisions')
  }

  static async open(dataDir: string): Promise<ProfileFileStore> {
    const store = new ProfileFileStore(dataDir)
    await mkdir(store.#files, { recursive: true })
    await mkdir(store.#revisions, { recursive: true })
    for (const name of await readdir(store.#files)) if (UNFINISHED.test(name)) await rm(join(store.#files, name))
    return store
  }

  /** Copies the file in, if its content is not there yet. */
  async keep(source: FileHandle, path: string): Promise<FileRef> {
    const { size, ctimeMs, dev, ino } = await source.stat()
    const stamp = `${size} ${ctimeMs}`
    const place = `${dev} ${ino}`
    const known = this.#known.get(place)
    if (known?.stamp === stamp && (await this.#has(known.digest))) return { path, digest: known.digest, sizeBytes: size }
    const temporary = join(this.#files, `${process.hrtime.bigint()}.new`)
    // Copied first, digested after: the copy is what is served, whoever writes to the source meanwhile.
    await copyFile(pathOfHandle(source), temporary, constants.COPYFILE_FICLONE)
    const digest = await digestOf(temporary)
    const { size: sizeBytes } = await stat(temporary)
    await syncFile(temporary)
    await rename(temporary, this.pathOf(digest))
    await syncFolder(this.#files)
    this.#known.set(place, { stamp, digest })
    return { path, digest, sizeBytes }
  }

  pathOf(digest: string): string {
    return join(this.#files, digest)
  }

  /** After its files: a revision that is listed is whole. */
  async keepRevision(revision: ProfileRevision): Promise<void> {
    const path = join(this.#revisions, `${revision.revision}.json`)
    await replaceFile(path, textOf(JSON.stringify(revision)), false)
  }

  async findRevision(digest: string): Promise<ProfileRevision | undefined> {
    if (!DIGEST.test(digest)) return undefined
    const text = await readFile(join(this.#revisions, `${digest}.json`), 'utf8').catch(() => undefined)
    return text === undefined ? undefined : revisionIn(text, digest)
  }

  /** Drops revisions that nobody needs, but for the newest few of each profile, and then the files that none of the others uses. */
  async prune(isUsed: (revision: string) => boolean): Promise<void> {
    const perProfile = new Map<string, number>()
    const kept = new Set<string>()
    for (const revision of await this.#newestFirst()) {
      const count = perProfile.get(revision.name) ?? 0
      if (count >= KEPT_REVISIONS && !isUsed(revision.revision)) {
        await rm(join(this.#revisions, `${revision.revision}.json`))
        continue
      }
      perProfile.set(revision.name, count + 1)
      for (const { digest } of Object.values(revision.files)) kept.add(digest)
    }
    for (const file of await readdir(this.#files)) if (DIGEST.test(file) && !kept.has(file)) await rm(this.pathOf(file))
  }

  async #newestFirst(): Promise<readonly ProfileRevision[]> {
    const found: { revision: ProfileRevision; loadedMs: number }[] = []
    for (const file of await readdir(this.#revisions)) {
      const revision = await this.findRevision(file.replace(/\.json$/, ''))
      if (revision !== undefined) found.push({ revision, loadedMs: (await stat(join(this.#revisions, file))).mtimeMs })
    }
    return found.sort((a, b) => b.loadedMs - a.loadedMs).map(({ revision }) => revision)
  }

  async #has(digest: string): Promise<boolean> {
    return stat(this.pathOf(digest)).then(
      () => true,
      () => false,
    )
  }
}

/** undefined: the text is damaged. Its digest is over what it says, so that is what it is held against. */
function revisionIn(text: string, digest: string): ProfileRevision | undefined {
  try {
    const revision = JSON.parse(text) as ProfileRevision
    const files = new Map(Object.entries(revision.files))
    return makeRevision(revision.profile, files).revision === digest ? revision : undefined
  } catch {
    return undefined
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

async function* textOf(text: string): AsyncGenerator<string> {
  yield text
}
