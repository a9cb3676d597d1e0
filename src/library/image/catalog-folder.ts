// What lies in the folder of the catalog: <directory>/_manifests/<digest>.zst, and for each image <n>.json, <n>.removed.json and tags.json.
// Touches the file system. Names of images never begin with `_`, so our own folder is never one of theirs.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { ImageVersionView as ImageVersionSchema, type ImageVersionView } from '../../contract/image.ts'
import { syncDirectory, writeWhole } from './durable-write.ts'

/** What the catalog keeps of a version: the view, and what others ask without opening the manifest. */
export type VersionRecord = ImageVersionView & { readonly tableIds: readonly string[] }
const recordSchema = Compile(Type.Intersect([ImageVersionSchema, Type.Object({ tableIds: Type.Array(Type.String()) })]))
const tagsSchema = Compile(Type.Record(Type.String(), Type.Integer({ minimum: 1 })))

const MANIFESTS = '_manifests'
/** The folder's name before names of people and ours were kept apart. */
const OLD_MANIFESTS = 'blobs'
const TAGS = 'tags.json'
const TAGS_BEFORE = 'tags.previous.json'
const RECORD = /^([1-9][0-9]*)\.json$/
const REMOVED = /^([1-9][0-9]*)\.removed\.json$/
const MANIFEST_FILE = /^[0-9a-f]{64}\.zst$/
/** What writeWhole leaves when the process dies. */
const UNFINISHED = /^\..+\.[0-9a-f-]{36}\.tmp$/

/** A file of the catalog that is not what was written. version left out: it holds the tags of the image. */
export interface DamagedRecord {
  readonly imageName: string
  readonly version?: number
  readonly path: string
  readonly reason: string
}

interface ImageFolder {
  readonly imageName: string
  /** By number, with their tags. */
  readonly versions: VersionRecord[]
  readonly removed: VersionRecord[]
  readonly damaged: readonly DamagedRecord[]
}

export class CatalogFolder {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
    moveOldManifests(directory)
    mkdirSync(join(directory, MANIFESTS), { recursive: true })
  }

  readAll(): readonly ImageFolder[] {
    const entries = readdirSync(this.#directory, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory() && entry.name !== MANIFESTS).map(({ name }) => this.#read(name))
  }

  async readManifest(manifestDigest: string): Promise<Buffer> {
    return readFile(this.manifestPath(manifestDigest))
  }

  async writeManifest(manifestDigest: string, compressed: Uint8Array): Promise<void> {
    await writeWhole(this.manifestPath(manifestDigest), compressed)
    await syncDirectory(join(this.#directory, MANIFESTS))
  }

  async writeRecord(record: VersionRecord): Promise<void> {
    const folder = this.#folderOf(record.imageName)
    mkdirSync(folder, { recursive: true })
    await syncDirectory(this.#directory)
    await writeJson(folder, `${record.version}.json`, record)
    // One that was removed here and was brought back.
    await rm(join(folder, `${record.version}.removed.json`), { force: true })
  }

  /** The tags before stay beside them: what a disk loses of the one is read from the other. */
  async writeTags(imageName: string, tags: Readonly<Record<string, number>>): Promise<void> {
    const folder = this.#folderOf(imageName)
    if (typeof readTags(join(folder, TAGS)) !== 'string') await rename(join(folder, TAGS), join(folder, TAGS_BEFORE))
    await writeJson(folder, TAGS, tags)
  }

  /** Its number is not given again, and disks that carry it are known. */
  async markRemoved(imageName: string, version: number): Promise<void> {
    const folder = this.#folderOf(imageName)
    await rename(join(folder, `${version}.json`), join(folder, `${version}.removed.json`))
    await syncDirectory(folder)
  }

  /** Drops manifests that nothing names, and what an appliance that died was about to write; only files whose names are ours. */
  async tidy(named: ReadonlySet<string>, imageNames: Iterable<string>): Promise<void> {
    const folder = join(this.#directory, MANIFESTS)
    for (const file of await readdir(folder)) {
      const isUnnamed = MANIFEST_FILE.test(file) && !named.has(file.slice(0, 64))
      if (isUnnamed || UNFINISHED.test(file)) await rm(join(folder, file), { force: true })
    }
    for (const imageName of imageNames) {
      const own = this.#folderOf(imageName)
      for (const file of await readdir(own)) if (UNFINISHED.test(file)) await rm(join(own, file), { force: true })
    }
  }

  manifestPath(manifestDigest: string): string {
    return join(this.#directory, MANIFESTS, `${manifestDigest}.zst`)
  }

  #folderOf(imageName: string): string {
    return join(this.#directory, imageName)
  }

  #read(imageName: string): ImageFolder {
    const folder = this.#folderOf(imageName)
    const files = readdirSync(folder)
    const damaged: DamagedRecord[] = []
    const recordsIn = (pattern: RegExp): VersionRecord[] => {
      const numbered = files.flatMap((file) => {
        const number = pattern.exec(file)?.[1]
        return number === undefined ? [] : [{ path: join(folder, file), version: Number(number) }]
      })
      const read = numbered.flatMap(({ path, version }) => {
        const record = readRecord(path, { imageName, version })
        if (typeof record !== 'string') return [record]
        damaged.push({ imageName, version, path, reason: record })
        return []
      })
      return read.sort((a, b) => a.version - b.version)
    }
    const tags = this.#readTags(imageName, files, damaged)
    const tagsOf = (version: number) => Object.keys(tags).filter((tag) => tags[tag] === version)
    const versions = recordsIn(RECORD).map((record) => ({ ...record, tags: tagsOf(record.version).sort() }))
    return { imageName, versions, removed: recordsIn(REMOVED), damaged }
  }

  #readTags(imageName: string, files: readonly string[], damaged: DamagedRecord[]): Readonly<Record<string, number>> {
    if (!files.includes(TAGS) && !files.includes(TAGS_BEFORE)) return {}
    const path = join(this.#folderOf(imageName), TAGS)
    const tags = readTags(path)
    if (typeof tags !== 'string') return tags
    const before = readTags(join(this.#folderOf(imageName), TAGS_BEFORE))
    // Between the two renames of a change there is only the one before; that is no damage.
    if (files.includes(TAGS) || typeof before === 'string') damaged.push({ imageName, path, reason: tags })
    return typeof before === 'string' ? {} : before
  }
}

async function writeJson(folder: string, file: string, content: unknown): Promise<void> {
  await writeWhole(join(folder, file), Buffer.from(JSON.stringify(content)))
  await syncDirectory(folder)
}

/** A text: why it cannot be read. */
function readRecord(path: string, { imageName, version }: { imageName: string; version: number }): VersionRecord | string {
  const value = readJson(path)
  if (typeof value === 'string') return value
  if (!recordSchema.Check(value.json)) return 'it is not the record of an image version'
  const record = value.json as VersionRecord
  return record.imageName === imageName && record.version === version ? record : 'it is the record of another version'
}

function readTags(path: string): Readonly<Record<string, number>> | string {
  const value = readJson(path)
  if (typeof value === 'string') return value
  return tagsSchema.Check(value.json) ? (value.json as Record<string, number>) : 'it does not hold the tags of an image'
}

function readJson(path: string): { readonly json: unknown } | string {
  try {
    return { json: JSON.parse(readFileSync(path, 'utf8')) as unknown }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The folder of the manifests was called as an image may be called; the records of an image of that name lay between them. */
function moveOldManifests(directory: string): void {
  const [old, own] = [join(directory, OLD_MANIFESTS), join(directory, MANIFESTS)]
  if (!existsSync(old) || existsSync(own)) return
  renameSync(old, own)
  const records = readdirSync(own).filter((file) => RECORD.test(file) || REMOVED.test(file) || file === TAGS)
  if (records.length > 0) mkdirSync(old)
  for (const file of records) renameSync(join(own, file), join(old, file))
}
