// The files of all revisions, by digest, and the revisions: an agent fetches what was digested when a revision was loaded.
import { type FileHandle, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileRef } from '../../contract/steps.ts'
import { replaceFile } from '../../store/index.ts'
import { ContentFolder } from '../files/content-folder.ts'
import { makeRevision, type ProfileRevision } from './revision.ts'

/** Of each profile, besides those that jobs still need: to look back at, and for a job that is being posted right now. */
const KEPT_REVISIONS = 3
const DIGEST = /^[0-9a-f]{64}$/

export class ProfileFileStore {
  readonly #files: ContentFolder
  readonly #revisions: string

  private constructor(files: ContentFolder, revisions: string) {
    this.#files = files
    this.#revisions = revisions
  }

  static async open(dataDir: string): Promise<ProfileFileStore> {
    const revisions = join(dataDir, 'profile-revisions')
    await mkdir(revisions, { recursive: true })
    return new ProfileFileStore(await ContentFolder.open(join(dataDir, 'profile-files')), revisions)
  }

  /** Copies the file in, if its content is not there yet. */
  keep(source: FileHandle, path: string): Promise<FileRef> {
    return this.#files.keep(source, path)
  }

  pathOf(digest: string): string {
    return this.#files.pathOf(digest)
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
    await this.#files.keepOnly(kept)
  }

  async #newestFirst(): Promise<readonly ProfileRevision[]> {
    const found: { revision: ProfileRevision; loadedMs: number }[] = []
    for (const file of await readdir(this.#revisions)) {
      const revision = await this.findRevision(file.replace(/\.json$/, ''))
      if (revision !== undefined) found.push({ revision, loadedMs: (await stat(join(this.#revisions, file))).mtimeMs })
    }
    return found.sort((a, b) => b.loadedMs - a.loadedMs).map(({ revision }) => revision)
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

async function* textOf(text: string): AsyncGenerator<string> {
  yield text
}
