// The folder that people drop profiles into. A folder that is whole comes into force; one with a mistake is refused with file, line and
// reason while its previous good revision stays in force. Looks again every few seconds, which works on network file systems, too.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { ProfileView } from '../../contract/profile.ts'
import type { FileRef } from '../../contract/steps.ts'
import type { Events, Log } from '../../store/index.ts'
import { type Clock, instantOf, replaceFile } from '../../store/index.ts'
import { FolderLooks, stampOf } from '../files/folder-looks.ts'
import type { ProfileFileStore } from './file-store.ts'
import { loadProfile } from './load-profile.ts'
import { PROFILE_FILE, type ProfileProblem } from './parse-profile.ts'
import type { ProfileRevision } from './revision.ts'

interface Entry {
  readonly folder: string
  readonly watched: readonly string[]
  /** Size and time of all watched files when they were loaded. */
  readonly stamp: string
  /** What another stamp was last time: a folder is loaded when it has stopped changing. */
  readonly changingStamp?: string
  readonly inForce?: ProfileRevision
  readonly loadedAt?: string
  readonly problems: readonly ProfileProblem[]
}

interface ProfilesDeps {
  readonly folder: string
  readonly store: ProfileFileStore
  /** Remembers which revision is in force, so that a restart onto a mistake still has it. */
  readonly memoryPath: string
  /** Whether a job that has not ended builds with it. */
  readonly isUsed: (revision: string) => boolean
  readonly clock: Clock
  readonly events: Events
  readonly log: Log
}

export class Profiles {
  readonly #deps: ProfilesDeps
  readonly #entries = new Map<string, Entry>()
  readonly #looks: FolderLooks

  constructor(deps: ProfilesDeps) {
    this.#deps = deps
    this.#looks = new FolderLooks({ what: 'profiles', lookAtAll: (atOnce) => this.#lookAtAll(atOnce), ...deps })
  }

  /** Loads all, then looks again and again until stop. */
  async start(): Promise<void> {
    const remembered = await this.#readMemory()
    for (const [name, digest] of Object.entries(remembered)) {
      const inForce = await this.#deps.store.findRevision(digest)
      if (inForce === undefined) continue
      const folder = join(this.#deps.folder, name)
      this.#entries.set(name, {
        folder,
        watched: [],
        stamp: '',
        inForce,
        loadedAt: instantOf(this.#deps.clock.now()),
        problems: [],
      })
    }
    await this.#looks.start()
  }

  stop(): Promise<void> {
    return this.#looks.stop()
  }

  /** atOnce: load what changed without waiting until it has stopped changing. */
  look(atOnce = false): Promise<void> {
    return this.#looks.look(atOnce)
  }

  list(): readonly ProfileView[] {
    return [...this.#entries.keys()].sort().map((name) => this.view(name))
  }

  view(name: string): ProfileView {
    const entry = this.#entries.get(name)
    if (entry === undefined) throw notFound(name)
    const { inForce, loadedAt, problems } = entry
    if (inForce === undefined || loadedAt === undefined) return { name, problems: [...problems] }
    const { title, architecture, capture } = inForce.profile
    return {
      name,
      ...(title === undefined ? {} : { title }),
      architecture,
      imageName: capture.image,
      revision: inForce.revision,
      loadedAt,
      problems: [...problems],
    }
  }

  /** The revision that a job posted now builds with. */
  inForce(name: string): ProfileRevision {
    const entry = this.#entries.get(name)
    if (entry === undefined) throw notFound(name)
    if (entry.inForce !== undefined) return entry.inForce
    const [first] = entry.problems
    throw new AppError(
      'PROFILE_INVALID',
      `profile ${name} has mistakes: ${first === undefined ? 'unknown' : describeProblem(first)}`,
      `See all of them with \`platen profile check ${name}\`.`,
    )
  }

  /** Any revision that was ever in force. */
  async revision(name: string, digest: string): Promise<ProfileRevision> {
    const current = this.#entries.get(name)?.inForce
    if (current?.revision === digest) return current
    const found = await this.#deps.store.findRevision(digest)
    if (found?.name === name) return found
    throw new AppError(
      'PROFILE_NOT_FOUND',
      `profile ${name} has no revision ${digest.slice(0, 12)}`,
      'Post the job again: it builds with the current one.',
    )
  }

  /** Where the bytes of a file of a revision lie. */
  async filePath(name: string, digest: string, path: string): Promise<{ readonly path: string; readonly sizeBytes: number }> {
    const revision = await this.revision(name, digest)
    const file = Object.values(revision.files).find((each) => each.path === path)
    if (file !== undefined) return { path: this.#deps.store.pathOf(file.digest), sizeBytes: file.sizeBytes }
    throw new AppError(
      'PROFILE_NOT_FOUND',
      `revision ${digest.slice(0, 12)} of ${name} has no file ${path}`,
      'The agent holds another plan: cancel the job and post it again.',
    )
  }

  /** Where the bytes of any kept file lie. */
  contentPath({ digest }: FileRef): string {
    return this.#deps.store.pathOf(digest)
  }

  async #lookAtAll(atOnce: boolean): Promise<void> {
    const folders = await this.#folders()
    for (const name of [...this.#entries.keys()]) if (!folders.has(name)) this.#entries.delete(name)
    let hasChanged = false
    for (const [name, folder] of folders) hasChanged = (await this.#lookAt(name, folder, atOnce)) || hasChanged
    if (!hasChanged) return
    await this.#writeMemory()
    // In the same turn as loading: no file is dropped between its being kept and its revision.
    const inForce = new Set([...this.#entries.values()].map((entry) => entry.inForce?.revision))
    await this.#deps.store.prune((revision) => inForce.has(revision) || this.#deps.isUsed(revision))
  }

  /** Whether another revision came into force. */
  async #lookAt(name: string, folder: string, atOnce: boolean): Promise<boolean> {
    const entry = this.#entries.get(name)
    if (entry !== undefined) {
      const stamp = await stampOf(entry.watched)
      if (stamp === entry.stamp && entry.watched.length > 0) return false
      if (!atOnce && entry.changingStamp !== stamp) {
        this.#entries.set(name, { ...entry, changingStamp: stamp })
        return false
      }
    }
    return this.#load(name, folder, entry)
  }

  async #load(name: string, folder: string, before: Entry | undefined): Promise<boolean> {
    const { events, log, clock } = this.#deps
    const loaded = await loadProfile(folder, this.#deps.store)
    const entry = { folder, watched: loaded.watched, stamp: await stampOf(loaded.watched) }
    if (loaded.kind === 'bad') {
      const { inForce, loadedAt } = before ?? {}
      const kept = inForce === undefined || loadedAt === undefined ? {} : { inForce, loadedAt }
      this.#entries.set(name, { ...entry, ...kept, problems: loaded.problems })
      const reason = loaded.problems.map(describeProblem).join('; ')
      log.warn({ profile: name, keeps: inForce?.revision.slice(0, 12) ?? 'none' }, `profile refused: ${reason}`)
      events.emit({ type: 'profile.refused', name, reason })
      return false
    }
    const { revision } = loaded
    const isNew = before?.inForce?.revision !== revision.revision
    const loadedAt = isNew ? instantOf(clock.now()) : before!.loadedAt!
    this.#entries.set(name, { ...entry, inForce: revision, loadedAt, problems: [] })
    if (!isNew) return false
    log.info({ profile: name, revision: revision.revision.slice(0, 12) }, 'profile in force')
    events.emit({ type: 'profile.loaded', name, revision: revision.revision })
    return true
  }

  async #folders(): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>()
    const entries = await readdir(this.#deps.folder, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const folder = join(this.#deps.folder, entry.name)
      if (entry.name.startsWith('.') || !(entry.isDirectory() || entry.isSymbolicLink())) continue
      // A folder without profile.yaml is none yet: it may be on its way. One that had it lost it, which is a mistake to tell.
      if (this.#entries.has(entry.name) || (await stampOf([join(folder, PROFILE_FILE)])) !== '-') found.set(entry.name, folder)
    }
    return found
  }

  async #readMemory(): Promise<Record<string, string>> {
    const text = await readFile(this.#deps.memoryPath, 'utf8').catch(() => '{}')
    try {
      return JSON.parse(text) as Record<string, string>
    } catch {
      // What is whole in the folders comes into force all the same; only the last good revision of one with a mistake is not known.
      this.#deps.log.error(
        { path: this.#deps.memoryPath },
        'which profiles were in force cannot be read: the folders are loaded anew',
      )
      return {}
    }
  }

  async #writeMemory(): Promise<void> {
    const pairs = [...this.#entries].flatMap(([name, { inForce }]) => (inForce === undefined ? [] : [[name, inForce.revision]]))
    const text = `${JSON.stringify(Object.fromEntries(pairs))}\n`
    await replaceFile(this.#deps.memoryPath, textOf(text), false)
  }
}

export function describeProblem({ file, line, reason }: ProfileProblem): string {
  return line === undefined ? `${file}: ${reason}` : `${file}:${line}: ${reason}`
}

async function* textOf(text: string): AsyncGenerator<string> {
  yield text
}

function notFound(name: string): AppError {
  return new AppError(
    'PROFILE_NOT_FOUND',
    `there is no profile ${name}`,
    'List them with `platen profile list`; a profile is a folder with a profile.yaml.',
  )
}
