// Which versions there are. <directory>/blobs/<digest>.zst holds manifests, <directory>/<image>/<n>.json makes one a version.
// Touches the file system. The record comes last, so what is listed is whole; neither file ever changes.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { AppError } from '../../contract/errors.ts'
import {
  ImageVersionView as ImageVersionSchema,
  type ImageVersionView,
  type ImageView,
  type Manifest,
} from '../../contract/image.ts'
import { decodeManifest, encodeManifest, manifestDigestOf } from '../../imaging/manifest-codec.ts'
import { syncDirectory, writeWhole } from './durable-write.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/** What the catalog keeps of a version: the view, and what the orchestrator asks without opening the manifest. */
const Record = Type.Intersect([ImageVersionSchema, Type.Object({ tableIds: Type.Array(Type.String()) })])
type VersionRecord = ImageVersionView & { readonly tableIds: readonly string[] }
const schema = Compile(Record)

const BLOBS = 'blobs'

export class Catalog {
  readonly #directory: string
  readonly #images = new Map<string, VersionRecord[]>()
  /** One version is added after the other: numbers never meet. */
  #turn: Promise<unknown> = Promise.resolve()

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

  tableIds(): string[] {
    return [...new Set([...this.#images.values()].flat().flatMap((record) => record.tableIds))]
  }

  /** The manifest as stored, zstd-compressed. */
  async compressedManifest(imageName: string, version: number): Promise<Buffer> {
    return readFile(this.#blobPath(this.find(imageName, version).manifestDigest))
  }

  async manifest(imageName: string, version: number): Promise<Manifest> {
    return decodeManifest(await decompress(await this.compressedManifest(imageName, version)))
  }

  /** Adds a version; the same job with the same content gives the version that is there. */
  add(manifest: Manifest, facts: Omit<ImageVersionView, 'version' | 'manifestDigest'>): Promise<ImageVersionView> {
    const added = this.#turn.then(() => this.#add(manifest, facts))
    this.#turn = added.catch(() => undefined)
    return added
  }

  async #add(manifest: Manifest, facts: Omit<ImageVersionView, 'version' | 'manifestDigest'>): Promise<ImageVersionView> {
    const manifestDigest = manifestDigestOf(manifest)
    const versions = this.#images.get(facts.imageName) ?? []
    const same = versions.find(
      (record) => record.jobId !== undefined && record.jobId === facts.jobId && record.manifestDigest === manifestDigest,
    )
    if (same !== undefined) return viewOf(same)

    const tableIds = manifest.disks.flatMap(({ table }) => (table.kind === 'none' ? [] : [table.id]))
    const record: VersionRecord = { ...facts, version: (versions.at(-1)?.version ?? 0) + 1, manifestDigest, tableIds }
    await writeWhole(this.#blobPath(manifestDigest), await compress(encodeManifest(manifest)))
    await syncDirectory(join(this.#directory, BLOBS))
    await mkdir(join(this.#directory, facts.imageName), { recursive: true })
    await syncDirectory(this.#directory)
    await writeWhole(join(this.#directory, facts.imageName, `${record.version}.json`), Buffer.from(JSON.stringify(record)))
    await syncDirectory(join(this.#directory, facts.imageName))
    this.#images.set(facts.imageName, [...versions, record])
    return viewOf(record)
  }

  #load(imageName: string): void {
    const folder = join(this.#directory, imageName)
    const records = readdirSync(folder)
      .filter((file) => /^[1-9][0-9]*\.json$/.test(file))
      .map((file) => readRecord(join(folder, file)))
      .sort((a, b) => a.version - b.version)
    this.#images.set(imageName, records)
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
