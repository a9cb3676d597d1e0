// Software packages: what is brought is kept, version by version, until retention or a person removes it. Touches the data folder.
import type { FileHandle } from 'node:fs/promises'
import { AppError } from '../../contract/errors.ts'
import type {
  PackageContent,
  PackageRef,
  PackageVersionView,
  PackageView,
  Resolution,
  ResolveQuery,
} from '../../contract/package.ts'
import { type Clock, type Events, instantOf } from '../../store/index.ts'
import type { LineProblem } from '../files/parse-yaml.ts'
import { type LoadedPackage, loadDeb, loadFolder } from './load-package.ts'
import type { DamagedPackage, PackageBook } from './package-book.ts'
import { contentOf, type PackageRecord, viewOf } from './package-record.ts'
import { resolve } from './resolve.ts'

/** Asked by this room, answered by whoever knows nodes, classes and jobs. From memory. */
export interface PackageUse {
  /** Why a version may not go: "node-3 has it"; undefined: nobody needs it. */
  useOfPackage(name: string, version: string): string | undefined
}

/** What the other rooms ask of packages. */
export interface PackageService {
  list(): readonly PackageView[]
  /** Newest first. Throws PACKAGE_NOT_FOUND. */
  versions(name: string): readonly PackageVersionView[]
  /** undefined version: the newest. Throws PACKAGE_NOT_FOUND. */
  find(name: string, version?: string): PackageVersionView
  /** Which versions are installed, in order, or why there are none. */
  resolve(query: ResolveQuery): Resolution
  /** What an agent needs to install, check or remove it. Throws PACKAGE_NOT_FOUND, also when it is another than the digest says. */
  content(ref: PackageRef): PackageContent
}

interface PackagesDeps {
  readonly book: PackageBook
  readonly use: PackageUse
  readonly clock: Clock
  readonly events: Events
}

/** added: new; there: it was kept already, with the same content. */
export type Added = { readonly kind: 'added' | 'there'; readonly view: PackageVersionView }

export class Packages implements PackageService {
  readonly #deps: PackagesDeps
  /** Why a version would come back at once when it is removed: it lies in the watched folder. */
  readonly #lying = new Map<string, string>()
  /** One change after the other. */
  #changing: Promise<unknown> = Promise.resolve()

  constructor(deps: PackagesDeps) {
    this.#deps = deps
  }

  list(): readonly PackageView[] {
    const { book } = this.#deps
    return book.names().map((name) => ({ name, versions: book.versions(name).map(viewOf) }))
  }

  versions(name: string): readonly PackageVersionView[] {
    const versions = this.#deps.book.versions(name)
    if (versions.length === 0) throw notFound(`there is no package ${name}`)
    return versions.map(viewOf)
  }

  find(name: string, version?: string): PackageVersionView {
    if (version === undefined) return this.versions(name)[0]!
    return viewOf(this.#record(name, version))
  }

  resolve(query: ResolveQuery): Resolution {
    return resolve(
      query,
      this.list().flatMap(({ versions }) => versions),
    )
  }

  content({ name, version, digest }: PackageRef): PackageContent {
    const record = this.#record(name, version)
    if (record.digest === digest) return contentOf(record)
    throw notFound(`${name} ${version} is another than the one with the digest ${digest.slice(0, 12)}`)
  }

  /** Where the bytes of a file of a version lie. */
  filePath(ref: PackageRef, digest: string): { readonly path: string; readonly sizeBytes: number } {
    const { files, install, remove, verify } = this.content(ref)
    const file = [...files, install, remove, verify].find((each) => each?.digest === digest)
    if (file === undefined) throw notFound(`${ref.name} ${ref.version} has no file with the digest ${digest.slice(0, 12)}`)
    return { path: this.#deps.book.files.pathOf(digest), sizeBytes: file.sizeBytes }
  }

  /** Records that cannot be read. */
  damaged(): readonly DamagedPackage[] {
    return this.#deps.book.damaged()
  }

  loadFolder(folder: string): Promise<LoadedPackage> {
    return loadFolder(folder, this.#deps.book.files, instantOf(this.#deps.clock.now()))
  }

  loadDeb(path: string): Promise<LoadedPackage> {
    return loadDeb(path, this.#deps.book.files, instantOf(this.#deps.clock.now()))
  }

  /** Loads and keeps it while nothing else changes: what it has copied is not collected before it is listed. Throws PACKAGE_INVALID. */
  bring(load: () => Promise<LoadedPackage>): Promise<Added> {
    return this.#alone(async () => {
      const loaded = await load()
      if (loaded.kind === 'bad') throw invalid(loaded.problems)
      return this.#keep(loaded.record)
    })
  }

  /** As it is kept. Throws PACKAGE_NOT_FOUND. */
  record(name: string, version: string): PackageRecord {
    return this.#record(name, version)
  }

  /** Where the bytes of a kept file lie. */
  contentPath(digest: string): string {
    return this.#deps.book.files.pathOf(digest)
  }

  /** A version of another appliance with its files, which are opened by digest. Throws PACKAGE_VERSION_EXISTS, PACKAGE_INVALID. */
  bringRecord(record: PackageRecord, openFile: (digest: string) => Promise<FileHandle>): Promise<Added> {
    return this.#alone(async () => {
      for (const { path, digest } of Object.values(record.files)) {
        const source = await openFile(digest)
        await this.#deps.book.files.keep(source, path).finally(() => source.close())
      }
      return this.#keep(record)
    })
  }

  /** Throws PACKAGE_NOT_FOUND, PACKAGE_IN_USE. */
  remove(name: string, version: string): Promise<void> {
    return this.#alone(async () => {
      const { book } = this.#deps
      this.#record(name, version)
      const use = this.useOf(name, version)
      if (use !== undefined) throw inUse(name, version, use)
      await book.remove(name, version)
      this.#deps.events.emit({ type: 'package.removed', name, version })
    })
  }

  /** Why a version must stay; undefined: nothing keeps it. */
  useOf(name: string, version: string): string | undefined {
    const item = this.#lying.get(`${name} ${version}`)
    return item === undefined ? this.#deps.use.useOfPackage(name, version) : `${item} in the watched folder is this version`
  }

  /** What lies in the watched folder now, by "NAME VERSION". */
  noteLying(items: ReadonlyMap<string, string>): void {
    this.#lying.clear()
    for (const [key, item] of items) this.#lying.set(key, item)
  }

  async #keep(record: PackageRecord): Promise<Added> {
    const { book } = this.#deps
    const { name, version } = record.description
    const before = book.find(name, version)
    if (before?.digest === record.digest) return { kind: 'there', view: viewOf(before) }
    const refusal = refusalOf(record, before, book.versions(name)[0])
    if (refusal !== undefined) {
      await book.dropUnused()
      throw refusal
    }
    await book.put(record)
    this.#deps.events.emit({ type: 'package.added', name, version })
    return { kind: 'added', view: viewOf(record) }
  }

  #record(name: string, version: string): PackageRecord {
    const record = this.#deps.book.find(name, version)
    if (record !== undefined) return record
    const others = this.#deps.book.versions(name).map(({ description }) => description.version)
    throw notFound(
      others.length === 0
        ? `there is no package ${name}`
        : `package ${name} has no version ${version}; it has ${others.slice(0, 10).join(', ')}`,
    )
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(work)
    this.#changing = done.catch(() => undefined)
    return done
  }
}

/** before: the same version; newest: any version of the name. */
function refusalOf(
  { description }: PackageRecord,
  before: PackageRecord | undefined,
  newest: PackageRecord | undefined,
): AppError | undefined {
  const { name, version, order = 'semver' } = description
  if (before !== undefined)
    return new AppError(
      'PACKAGE_VERSION_EXISTS',
      `${name} ${version} is there already, with other content`,
      `Versions never change: give it another version, or remove that one with \`platen package rm ${name}@${version}\`.`,
    )
  const theirs = newest?.description.order ?? 'semver'
  if (newest === undefined || theirs === order) return undefined
  return new AppError(
    'PACKAGE_INVALID',
    `${name} ${version} counts in the order ${order}, the versions that are there in the order ${theirs}`,
    'All versions of a package have one order: say the same `order`, or take another name.',
  )
}

function invalid(problems: readonly LineProblem[]): AppError {
  const told = problems.map(({ line, reason }) => (line === undefined ? reason : `line ${line}: ${reason}`))
  return new AppError(
    'PACKAGE_INVALID',
    `the package cannot be taken: ${told.join('; ')}`,
    'Mend it, then bring it again. `platen package check FOLDER` tells all mistakes.',
  )
}

function inUse(name: string, version: string, use: string): AppError {
  return new AppError(
    'PACKAGE_IN_USE',
    `${name} ${version} stays: ${use}`,
    'Take away what needs it first, then remove it again.',
  )
}

function notFound(message: string): AppError {
  return new AppError('PACKAGE_NOT_FOUND', message, 'See what there is with `platen package list`.')
}
