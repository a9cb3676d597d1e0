// The folder that people drop packages into: folders with a package.yaml, and .deb files. What is whole is kept; what is not is told with its
// reason and costs itself alone. Looks again every few seconds, which works on network file systems, too.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { PackageProblem } from '../../contract/package.ts'
import { type Clock, type Log, replaceFile } from '../../store/index.ts'
import { FolderLooks, stampOf } from '../files/folder-looks.ts'
import type { LineProblem } from '../files/parse-yaml.ts'
import type { Packages } from './packages.ts'
import { PACKAGE_FILE } from './parse-package.ts'

interface PackageWatchDeps {
  readonly folder: string
  readonly packages: Packages
  /** Remembers what was loaded, so that a restart reads no large file again. */
  readonly memoryPath: string
  readonly clock: Clock
  readonly log: Log
}

interface Item {
  readonly watched: readonly string[]
  /** Size and time of all watched files when it was loaded. */
  readonly stamp: string
  /** What another stamp was last time: an item is loaded when it has stopped changing. */
  readonly changingStamp?: string
  /** "NAME VERSION" */
  readonly gives?: string
  readonly problems: readonly LineProblem[]
}

type Kind = 'folder' | 'deb' | 'link'

const UNSEEN: Item = { watched: [], stamp: '', problems: [] }

export class PackageWatch {
  readonly #deps: PackageWatchDeps
  readonly #items = new Map<string, Item>()
  readonly #looks: FolderLooks

  constructor(deps: PackageWatchDeps) {
    this.#deps = deps
    this.#looks = new FolderLooks({ what: 'packages', lookAtAll: (atOnce) => this.#lookAtAll(atOnce), ...deps })
  }

  /** Loads all, then looks again and again until stop. */
  async start(): Promise<void> {
    const kept = new Set(
      this.#deps.packages.list().flatMap(({ versions }) => versions.map(({ name, version }) => `${name} ${version}`)),
    )
    for (const [name, item] of Object.entries(await this.#readMemory()))
      if (kept.has(item.gives ?? '')) this.#items.set(name, item)
    await this.#looks.start()
  }

  stop(): Promise<void> {
    return this.#looks.stop()
  }

  /** atOnce: load what changed without waiting until it has stopped changing. */
  look(atOnce = false): Promise<void> {
    return this.#looks.look(atOnce)
  }

  problems(): readonly PackageProblem[] {
    return [...this.#items]
      .flatMap(([item, { problems }]) => problems.map((problem) => ({ item, ...problem })))
      .sort((a, b) => (a.item < b.item ? -1 : 1))
  }

  async #lookAtAll(atOnce: boolean): Promise<void> {
    const found = await this.#found()
    for (const name of [...this.#items.keys()]) if (!found.has(name)) this.#items.delete(name)
    let isNews = false
    for (const [name, kind] of found) isNews = (await this.#lookAt(name, kind, atOnce)) || isNews
    const lying = [...this.#items].flatMap(([name, { gives }]) => (gives === undefined ? [] : [[gives, name] as const]))
    this.#deps.packages.noteLying(new Map(lying))
    if (isNews) await this.#writeMemory()
  }

  async #lookAt(name: string, kind: Kind, atOnce: boolean): Promise<boolean> {
    const before = this.#items.get(name) ?? UNSEEN
    const stamp = await stampOf(before.watched.length > 0 ? before.watched : [this.#pathOf(name, kind)])
    if (stamp === before.stamp) return false
    // One that is new may be on its way as well.
    if (!atOnce && before.changingStamp !== stamp) {
      this.#items.set(name, { ...before, changingStamp: stamp })
      return false
    }
    await this.#load(name, kind)
    return true
  }

  async #load(name: string, kind: Kind): Promise<void> {
    const { packages, folder, log } = this.#deps
    if (kind === 'link') return this.#refuse(name, [join(folder, name)], [{ reason: 'is a link; links are not followed' }])
    let watched: readonly string[] = [this.#pathOf(name, kind)]
    let problems: readonly LineProblem[] = []
    try {
      const { kind: how, view } = await packages.bring(async () => {
        const loaded = await (kind === 'deb' ? packages.loadDeb(join(folder, name)) : packages.loadFolder(join(folder, name)))
        watched = loaded.watched
        if (loaded.kind === 'bad') problems = loaded.problems
        return loaded
      })
      const gives = `${view.name} ${view.version}`
      this.#items.set(name, { watched, stamp: await stampOf(watched), gives, problems: [] })
      if (how === 'there') return
      log.info({ item: name, package: gives }, 'package kept')
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      await this.#refuse(name, watched, problems.length > 0 ? problems : [{ reason: error.message }])
    }
  }

  async #refuse(name: string, watched: readonly string[], problems: readonly LineProblem[]): Promise<void> {
    this.#items.set(name, { watched, stamp: await stampOf(watched), problems })
    this.#deps.log.warn({ item: name, problems: problems.map(({ reason }) => reason) }, 'package refused')
  }

  async #found(): Promise<ReadonlyMap<string, Kind>> {
    const found = new Map<string, Kind>()
    for (const entry of await readdir(this.#deps.folder, { withFileTypes: true }).catch(() => [])) {
      if (entry.name.startsWith('.')) continue
      if (entry.isSymbolicLink()) found.set(entry.name, 'link')
      else if (entry.isFile() && entry.name.endsWith('.deb')) found.set(entry.name, 'deb')
      // A folder without package.yaml is none yet: it may be on its way. One that had it lost it, which is a mistake to tell.
      else if (
        entry.isDirectory() &&
        (this.#items.has(entry.name) || (await stampOf([this.#pathOf(entry.name, 'folder')])) !== '-')
      )
        found.set(entry.name, 'folder')
    }
    return found
  }

  #pathOf(name: string, kind: Kind): string {
    return kind === 'folder' ? join(this.#deps.folder, name, PACKAGE_FILE) : join(this.#deps.folder, name)
  }

  async #readMemory(): Promise<Record<string, Item>> {
    const text = await readFile(this.#deps.memoryPath, 'utf8').catch(() => '{}')
    try {
      return JSON.parse(text) as Record<string, Item>
    } catch {
      return {}
    }
  }

  /** Only what is whole: what was refused is looked at again after a restart. */
  async #writeMemory(): Promise<void> {
    const good = [...this.#items].filter(([, { gives, changingStamp }]) => gives !== undefined && changingStamp === undefined)
    await replaceFile(this.#deps.memoryPath, textOf(`${JSON.stringify(Object.fromEntries(good))}\n`), false)
  }
}

async function* textOf(text: string): AsyncGenerator<string> {
  yield text
}
