// Which versions there are. <directory>/blobs/<digest>.zst holds manifests, <directory>/<image>/<n>.json makes one a version,
// tags.json beside it says what tags point to. Touches the file system. A record comes last, so what is listed is whole, and
// never changes; a removed one stays as <n>.removed.json: its number is not given again, and disks that carry it are known.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { AppError } from '../../contract/errors.ts'
import {
  ImageVersionView as ImageVersionSchema,
  type ImageVersionView,
  type ImageView,
  type Manifest,
} from '../../contract/image.ts'
import { encodeManifest, expandManifest, manifestDigestOf } from '../../imaging/manifest-codec.ts'
import { syncDirectory, writeWhole } from './durable-write.ts'
import { Turns } from './turns.ts'

const compress = promisify(zstdCompress)

/** What the catalog keeps of a version: the view, and what the orchestrator asks without opening the manifest. */
const Record = Type.Intersect([ImageVersionSchema, Type.Object({ tableIds: Type.Array(Type.String()) })])
type VersionRecord = ImageVersionView & { readonly tableIds: readonly string[] }
const schema = Compile(Record)

const BLOBS = 'blobs'
const TAGS = 'tags.json'

export class Catalog {
  readonly #directory: string
  readonly #images = new Map<string, VersionRecord[]>()
  readonly #removed = new Map<string, VersionRecord[]>()
  /** One change after the other: numbers never meet. */
  readonly #turns = new Turns()

  constructor(directory: string) {
    this.#directory = directory
    mkdirSync(join(directory, BLOBS), { recursive: true })
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory() && entry.name !== BLOBS) this.#load(entry.name)
    }
  }

  list(): ImageView[] {
    return [...this.#images]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, versions]) => ({ name, versions: versions.map(viewOf) }))
  }

  find(imageName: string, version?: number): ImageVersionView {
    const versions = this.#images.get(imageName)
    if (versions === undefined || versions.length === 0) throw imageNotFound(imageName, [...this.#images.keys()])
    const record = version === undefined ? versions.at(-1) : versions.find((candidate) => candidate.version === version)
    if (record === undefined) throw versionNotFound(imageName, version ?? 0, versions)
    return viewOf(record)
  }

  has(imageName: string, version: number): boolean {
    return this.#images.get(imageName)?.some((record) => record.version === version) ?? false
  }

  tableIds(): string[] {
    return [...new Set([...this.#images.values(), ...this.#removed.values()].flat().flatMap((record) => record.tableIds))]
  }

  /** The manifest as stored, zstd-compressed. */
  async compressedManifest(imageName: string, version: number): Promise<Buffer> {
    return readFile(this.#blobPath(this.find(imageName, version).manifestDigest))
  }

  async manifest(imageName: string, version: number): Promise<Manifest> {
    return expandManifest(await this.compressedManifest(imageName, version))
  }

  /** Adds a version; the same job with the same content gives the version that is there. */
  add(manifest: Manifest, facts: Omit<ImageVersionView, 'version' | 'manifestDigest'>): Promise<ImageVersionView> {
    return this.#turns.run(() => this.#add(manifest, facts))
  }

  /** Puts the tag on this version, and so takes it from the one that had it. undefined: on none. */
  async tag(imageName: string, tag: string, version: number | undefined): Promise<void> {
    if (version !== undefined) this.find(imageName, version)
    await this.#turns.run(async () => {
      const versions = this.#images.get(imageName) ?? []
      const changed = versions.map((record) => {
        const others = record.tags.filter((other) => other !== tag)
        return { ...record, tags: record.version === version ? [...others, tag].sort() : others }
      })
      const tags = Object.fromEntries(changed.flatMap((record) => record.tags.map((name) => [name, record.version])))
      await this.#write(imageName, TAGS, tags)
      this.#images.set(imageName, changed)
    })
  }

  /** Its chunks stay until the next collection. */
  async remove(imageName: string, version: number): Promise<void> {
    await this.#turns.run(async () => {
      this.find(imageName, version)
      const versions = this.#images.get(imageName)!
      const folder = join(this.#directory, imageName)
      await rename(join(folder, `${version}.json`), join(folder, `${version}.removed.json`))
      await syncDirectory(folder)
      const gone = versions.find((record) => record.version === version)!
      this.#removed.set(imageName, [...(this.#removed.get(imageName) ?? []), gone])
      this.#keep(
        imageName,
        versions.filter((record) => record !== gone),
      )
    })
  }

  /** Manifests of removed versions, and what an appliance that died was about to write. */
  dropUnnamedManifests(): Promise<void> {
    return this.#turns.run(async () => {
      const named = new Set([...this.#images.values()].flat().map(({ manifestDigest }) => `${manifestDigest}.zst`))
      const folder = join(this.#directory, BLOBS)
      for (const file of await readdir(folder)) if (!named.has(file)) await rm(join(folder, file), { force: true })
      for (const imageName of this.#images.keys()) {
        const own = join(this.#directory, imageName)
        for (const file of await readdir(own)) if (file.endsWith('.tmp')) await rm(join(own, file), { force: true })
      }
    })
  }

  async #add(manifest: Manifest, facts: Omit<ImageVersionView, 'version' | 'manifestDigest'>): Promise<ImageVersionView> {
    const manifestDigest = manifestDigestOf(manifest)
    const versions = this.#images.get(facts.imageName) ?? []
    const same = versions.find(
      (record) => record.jobId !== undefined && record.jobId === facts.jobId && record.manifestDigest === manifestDigest,
    )
    if (same !== undefined) return viewOf(same)

    const tableIds = manifest.disks.flatMap(({ table }) => table.id ?? [])
    const record: VersionRecord = { ...facts, version: this.#nextNumber(facts.imageName), manifestDigest, tableIds }
    await writeWhole(this.#blobPath(manifestDigest), await compress(encodeManifest(manifest)))
    await syncDirectory(join(this.#directory, BLOBS))
    await mkdir(join(this.#directory, facts.imageName), { recursive: true })
    await syncDirectory(this.#directory)
    await this.#write(facts.imageName, `${record.version}.json`, record)
    this.#images.set(facts.imageName, [...versions, record])
    return viewOf(record)
  }

  #load(imageName: string): void {
    const folder = join(this.#directory, imageName)
    const files = readdirSync(folder)
    const recordsIn = (pattern: RegExp): VersionRecord[] =>
      files
        .filter((file) => pattern.test(file))
        .map((file) => readRecord(join(folder, file)))
        .sort((a, b) => a.version - b.version)
    const tags: Record<string, number> = files.includes(TAGS) ? JSON.parse(readFileSync(join(folder, TAGS), 'utf8')) : {}
    const tagsOf = (version: number): string[] => Object.keys(tags).filter((tag) => tags[tag] === version)
    this.#removed.set(imageName, recordsIn(/^[1-9][0-9]*\.removed\.json$/))
    this.#keep(
      imageName,
      recordsIn(/^[1-9][0-9]*\.json$/).map((record) => ({ ...record, tags: tagsOf(record.version).sort() })),
    )
  }

  #keep(imageName: string, versions: VersionRecord[]): void {
    if (versions.length > 0) this.#images.set(imageName, versions)
    else this.#images.delete(imageName)
  }

  #nextNumber(imageName: string): number {
    const ever = [...(this.#images.get(imageName) ?? []), ...(this.#removed.get(imageName) ?? [])]
    return Math.max(0, ...ever.map(({ version }) => version)) + 1
  }

  async #write(imageName: string, file: string, content: unknown): Promise<void> {
    const folder = join(this.#directory, imageName)
    await writeWhole(join(folder, file), Buffer.from(JSON.stringify(content)))
    await syncDirectory(folder)
  }

  #blobPath(manifestDigest: string): string {
    return join(this.#directory, BLOBS, `${manifestDigest}.zst`)
  }
}

function readRecord(path: string): VersionRecord {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (schema.Check(value)) return value as VersionRecord
  throw new AppError(
    'IMAGE_MANIFEST_INVALID',
    `${path} is not the record of an image version`,
    'The file was changed from outside: put it back from a backup, or move it away and the version is no longer listed.',
  )
}

function viewOf({ tableIds: _, ...view }: VersionRecord): ImageVersionView {
  return view
}

function imageNotFound(imageName: string, names: readonly string[]): AppError {
  const there = names.length === 0 ? 'there is none yet' : `there are ${names.join(', ')}`
  return new AppError('IMAGE_NOT_FOUND', `no image is called ${imageName}; ${there}`, 'List the images with `platen image list`.')
}

function versionNotFound(imageName: string, version: number, versions: readonly VersionRecord[]): AppError {
  return new AppError(
    'IMAGE_VERSION_NOT_FOUND',
    `image ${imageName} has no version ${version}; it has ${versions.map((record) => record.version).join(', ')}`,
    `List the versions with \`platen image show ${imageName}\`.`,
  )
}
