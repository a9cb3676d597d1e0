// The versions that are kept: one record a version on disk, its files by digest. A record is written last, so what is listed is whole.
//   package-versions/NAME/VERSION.json   package-files/DIGEST
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile, syncFolder } from '../../store/index.ts'
import { ContentFolder } from '../files/content-folder.ts'
import { isWhole, type PackageRecord } from './package-record.ts'
import { type Aged, newestFirst } from './shelf.ts'

export interface DamagedPackage {
  readonly path: string
  readonly reason: string
}

const RECORD = /\.json$/

export class PackageBook {
  readonly files: ContentFolder
  readonly #folder: string
  readonly #records = new Map<string, Map<string, PackageRecord>>()
  readonly #damaged: DamagedPackage[] = []

  private constructor(folder: string, files: ContentFolder) {
    this.#folder = folder
    this.files = files
  }

  static async open(dataDir: string): Promise<PackageBook> {
    const folder = join(dataDir, 'package-versions')
    await mkdir(folder, { recursive: true })
    const book = new PackageBook(folder, await ContentFolder.open(join(dataDir, 'package-files')))
    for (const name of await readdir(folder)) {
      for (const file of await readdir(join(folder, name)).catch(() => []))
        if (RECORD.test(file)) await book.#read(join(folder, name, file))
    }
    return book
  }

  /** Records that cannot be read: each costs its own version, and no file is removed meanwhile. */
  damaged(): readonly DamagedPackage[] {
    return this.#damaged
  }

  names(): readonly string[] {
    return [...this.#records.keys()].sort()
  }

  /** Newest first; none: the name is not known. */
  versions(name: string): readonly PackageRecord[] {
    return [...(this.#records.get(name)?.values() ?? [])].sort((a, b) => newestFirst(aged(a), aged(b)))
  }

  find(name: string, version: string): PackageRecord | undefined {
    return this.#records.get(name)?.get(version)
  }

  /** On disk when it answers. Its files are kept before. */
  async put(record: PackageRecord): Promise<void> {
    const { name, version } = record.description
    await mkdir(join(this.#folder, name), { recursive: true })
    await replaceFile(this.#pathOf(name, version), textOf(JSON.stringify(record)), false)
    await syncFolder(this.#folder)
    this.#hold(record)
  }

  async remove(name: string, version: string): Promise<void> {
    await rm(this.#pathOf(name, version))
    await syncFolder(join(this.#folder, name))
    const versions = this.#records.get(name)
    versions?.delete(version)
    if (versions?.size === 0) this.#records.delete(name)
    await this.dropUnused()
  }

  /** Files that no version names. What a damaged record names is not known, so then all of them stay. */
  async dropUnused(): Promise<void> {
    if (this.#damaged.length > 0) return
    const all = [...this.#records.values()].flatMap((versions) => [...versions.values()])
    await this.files.keepOnly(new Set(all.flatMap(({ files }) => Object.values(files).map(({ digest }) => digest))))
  }

  async #read(path: string): Promise<void> {
    try {
      const record = JSON.parse(await readFile(path, 'utf8')) as PackageRecord
      if (!isWhole(record)) throw new Error('it does not say what its digest was made of')
      this.#hold(record)
    } catch (error) {
      this.#damaged.push({ path, reason: error instanceof Error ? error.message : String(error) })
    }
  }

  #hold(record: PackageRecord): void {
    const { name, version } = record.description
    const versions = this.#records.get(name) ?? new Map<string, PackageRecord>()
    versions.set(version, record)
    this.#records.set(name, versions)
  }

  /** Names and versions hold nothing that a path cannot (contract/package.ts). */
  #pathOf(name: string, version: string): string {
    return join(this.#folder, name, `${version}.json`)
  }
}

const aged = ({ description: { version, order = 'semver' } }: PackageRecord): Aged => ({ version, order })

async function* textOf(text: string): AsyncGenerator<string> {
  yield text
}
