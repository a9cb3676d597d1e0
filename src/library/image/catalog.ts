// Which versions there are. A record comes last, so what is listed is whole, and never changes. What is damaged on disk is told and costs its
// own version, nothing else; its number is not given again.
import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import { AppError } from '../../contract/errors.ts'
import type { ImageVersionView, ImageView, Manifest, VersionFacts } from '../../contract/image.ts'
import { decodeManifest, encodeManifest, manifestDigestOf, manifestRoomBytes } from '../../imaging/manifest-codec.ts'
import { CatalogFolder, type DamagedRecord, type VersionRecord } from './catalog-folder.ts'
import { Turns } from './turns.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

export class Catalog {
  readonly #folder: CatalogFolder
  readonly #images = new Map<string, VersionRecord[]>()
  readonly #removed = new Map<string, VersionRecord[]>()
  readonly #damaged: DamagedRecord[] = []
  #changes = 0
  readonly #listeners = new Set<() => void>()
  /** One change after the other: numbers never meet. */
  readonly #turns = new Turns()

  constructor(directory: string) {
    this.#folder = new CatalogFolder(directory)
    for (const { imageName, versions, removed, damaged } of this.#folder.readAll()) {
      this.#removed.set(imageName, removed)
      this.#keep(imageName, versions)
      this.#damaged.push(...damaged)
    }
  }

  list(): ImageView[] {
    return [...this.#images]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, versions]) => ({ name, versions: versions.map(viewOf) }))
  }

  /** Grows with each change of what is listed. */
  changeCount(): number {
    return this.#changes
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #noteChange(): void {
    this.#changes++
    for (const listener of this.#listeners) listener()
  }

  /** Files that were not what was written when the appliance started. */
  damaged(): readonly DamagedRecord[] {
    return this.#damaged
  }

  find(imageName: string, version?: number): ImageVersionView {
    const damaged = this.#damagedVersions(imageName).find((each) => each.version === version)
    if (damaged !== undefined) throw recordDamaged(damaged)
    const versions = this.#images.get(imageName)
    if (versions === undefined || versions.length === 0) throw imageNotFound(imageName, [...this.#images.keys()])
    const record = version === undefined ? versions.at(-1) : versions.find((candidate) => candidate.version === version)
    if (record === undefined) throw versionNotFound(imageName, version ?? 0, versions)
    return viewOf(record)
  }

  has(imageName: string, version: number): boolean {
    return this.#images.get(imageName)?.some((record) => record.version === version) ?? false
  }

  wasRemoved(imageName: string, version: number): boolean {
    return this.#removed.get(imageName)?.some((record) => record.version === version) ?? false
  }

  /** A name belongs to one appliance: versions of another do not come under it. Throws SITE_NAME_TAKEN. */
  refuseForeign(imageName: string, origin: string | undefined): void {
    const other = this.#images.get(imageName)?.find((record) => record.origin !== origin)
    if (other !== undefined) throw nameTaken(imageName, origin, other.origin)
  }

  tableIds(): string[] {
    return [...new Set([...this.#images.values(), ...this.#removed.values()].flat().flatMap((record) => record.tableIds))]
  }

  /** The manifest as stored, zstd-compressed. Throws IMAGE_RECORD_DAMAGED. */
  async compressedManifest(imageName: string, version: number): Promise<Buffer> {
    const { manifestDigest } = this.find(imageName, version)
    return this.#folder.readManifest(manifestDigest).catch((error: NodeJS.ErrnoException) => {
      throw this.#manifestDamaged(imageName, version, error)
    })
  }

  /** Throws IMAGE_RECORD_DAMAGED when it is not the manifest that was published. */
  async manifest(imageName: string, version: number): Promise<Manifest> {
    const compressed = await this.compressedManifest(imageName, version)
    try {
      const bytes = await decompress(compressed, { maxOutputLength: manifestRoomBytes(compressed.length) })
      // Over what is stored: an older manifest may be written otherwise today.
      if (hash('sha256', bytes, 'hex') !== this.find(imageName, version).manifestDigest)
        throw new Error('its digest is another one')
      return decodeManifest(bytes)
    } catch (error) {
      throw this.#manifestDamaged(imageName, version, error as Error)
    }
  }

  /** Adds a version; the same job with the same content gives the version that is there. version left out: the next number. */
  add(manifest: Manifest, facts: VersionFactsHere): Promise<ImageVersionView> {
    return this.#turns.run(() => this.#add(manifest, facts))
  }

  /** Whether a version of another appliance can have its number here: free, equal (it is here), or why not. */
  standing(imageName: string, version: number, manifestDigest: string): 'free' | 'equal' | string {
    const isIt = (record: VersionRecord) => record.version === version
    const here = this.#images.get(imageName)?.find(isIt)
    if (here?.manifestDigest === manifestDigest) return 'equal'
    if (here !== undefined) return `${imageName}@${version} is here with other content`
    if (this.#damagedVersions(imageName).some((each) => each.version === version))
      return `${imageName}@${version} here is damaged`
    const gone = this.#removed.get(imageName)?.find(isIt)
    if (gone === undefined || gone.manifestDigest === manifestDigest) return 'free'
    return `${imageName}@${version} was another version here, which was removed: numbers are not given twice`
  }

  /** A version of another appliance under its own number. The caller has asked for its standing; what is equal stays as it is. */
  bring(manifest: Manifest, facts: Omit<ImageVersionView, 'manifestDigest'>): Promise<void> {
    return this.#turns.run(async () => {
      const manifestDigest = manifestDigestOf(manifest)
      const { imageName, version } = facts
      if (this.standing(imageName, version, manifestDigest) !== 'free') return
      const record: VersionRecord = { ...facts, manifestDigest, tableIds: tableIdsOf(manifest) }
      await this.#folder.writeManifest(manifestDigest, await compress(encodeManifest(manifest)))
      await this.#folder.writeRecord(record)
      const versions = [...(this.#images.get(imageName) ?? []), record]
      this.#show(
        imageName,
        versions.sort((a, b) => a.version - b.version),
      )
    })
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
      await this.#folder.writeTags(
        imageName,
        Object.fromEntries(changed.flatMap((record) => record.tags.map((name) => [name, record.version]))),
      )
      this.#show(imageName, changed)
    })
  }

  /** What it starts on and provides; its content is what it was. */
  async say(imageName: string, version: number, facts: VersionFacts): Promise<ImageVersionView> {
    return this.#turns.run(async () => {
      this.find(imageName, version)
      const versions = this.#images.get(imageName)!
      const record = { ...versions.find((each) => each.version === version)!, ...facts }
      await this.#folder.writeRecord(record)
      this.#show(
        imageName,
        versions.map((each) => (each.version === version ? record : each)),
      )
      return viewOf(record)
    })
  }

  /** Its chunks stay until the next collection. */
  async remove(imageName: string, version: number): Promise<void> {
    await this.#turns.run(async () => {
      this.find(imageName, version)
      const versions = this.#images.get(imageName)!
      await this.#folder.markRemoved(imageName, version)
      const gone = versions.find((record) => record.version === version)!
      this.#removed.set(imageName, [...(this.#removed.get(imageName) ?? []), gone])
      this.#keep(
        imageName,
        versions.filter((record) => record !== gone),
      )
    })
  }

  /** Manifests of removed versions go. While a record is damaged nobody knows which those are: throws IMAGE_RECORD_DAMAGED. */
  async dropUnnamedManifests(): Promise<void> {
    const [first] = this.#damaged.filter(({ version }) => version !== undefined)
    if (first !== undefined) throw recordDamaged(first)
    await this.#turns.run(() => {
      const named = new Set([...this.#images.values()].flat().map(({ manifestDigest }) => manifestDigest))
      return this.#folder.tidy(named, this.#images.keys())
    })
  }

  async #add(manifest: Manifest, facts: VersionFactsHere): Promise<ImageVersionView> {
    const manifestDigest = manifestDigestOf(manifest)
    const versions = this.#images.get(facts.imageName) ?? []
    const same = versions.find((record) => isSame(record, { ...facts, manifestDigest }))
    if (same !== undefined) return viewOf(same)
    this.refuseForeign(facts.imageName, facts.origin)
    if (versions.some(({ version }) => version === facts.version)) throw otherContent(facts.imageName, facts.version!)

    const tableIds = tableIdsOf(manifest)
    const version = facts.version ?? this.#nextNumber(facts.imageName)
    const record: VersionRecord = { ...facts, version, manifestDigest, tableIds }
    await this.#folder.writeManifest(manifestDigest, await compress(encodeManifest(manifest)))
    await this.#folder.writeRecord(record)
    this.#show(
      facts.imageName,
      [...versions, record].sort((a, b) => a.version - b.version),
    )
    return viewOf(record)
  }

  #keep(imageName: string, versions: VersionRecord[]): void {
    if (versions.length > 0) this.#images.set(imageName, versions)
    else this.#images.delete(imageName)
    this.#noteChange()
  }

  #show(imageName: string, versions: VersionRecord[]): void {
    this.#images.set(imageName, versions)
    this.#noteChange()
  }

  #nextNumber(imageName: string): number {
    const ever = [...(this.#images.get(imageName) ?? []), ...(this.#removed.get(imageName) ?? [])]
    const numbers = [...ever, ...this.#damagedVersions(imageName)].map(({ version }) => version ?? 0)
    return Math.max(0, ...numbers) + 1
  }

  #damagedVersions(imageName: string): readonly DamagedRecord[] {
    return this.#damaged.filter((each) => each.imageName === imageName && each.version !== undefined)
  }

  #manifestDamaged(imageName: string, version: number, { message }: Error): AppError {
    const path = this.#folder.manifestPath(this.find(imageName, version).manifestDigest)
    return recordDamaged({ imageName, version, path, reason: message })
  }
}

const tableIdsOf = ({ disks }: Manifest): string[] => disks.flatMap(({ table }) => table.id ?? [])

type VersionFactsHere = Omit<ImageVersionView, 'version' | 'manifestDigest'> & { readonly version?: number }

/** Of the same job, or under the number that it has elsewhere, with the same content. */
function isSame(record: VersionRecord, { version, jobId, manifestDigest }: Partial<VersionRecord>): boolean {
  if (record.manifestDigest !== manifestDigest) return false
  return version === undefined ? jobId !== undefined && record.jobId === jobId : record.version === version
}

function viewOf({ tableIds: _, ...view }: VersionRecord): ImageVersionView {
  return view
}

function recordDamaged({ imageName, version, path, reason }: DamagedRecord): AppError {
  return new AppError(
    'IMAGE_RECORD_DAMAGED',
    `${imageName} version ${version} cannot be read: ${path}: ${reason}`,
    'The disk lost what was written, or the file was changed from outside: put it back from a backup. To give the version up, move the file away and start the appliance anew. Until then no space is freed.',
  )
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

function nameTaken(imageName: string, comes: string | undefined, has: string | undefined): AppError {
  const words = (origin: string | undefined): string => (origin === undefined ? 'this appliance' : origin)
  return new AppError(
    'SITE_NAME_TAKEN',
    `image ${imageName} is of ${words(has)}, and a version of ${words(comes)} would come under its name`,
    'An image belongs to one appliance: give yours another name.',
  )
}

function otherContent(imageName: string, version: number): AppError {
  return new AppError(
    'SITE_CONTENT_DIFFERS',
    `${imageName} version ${version} is here with other content than there`,
    `Versions never change: see both with \`platen image show ${imageName}\`, and remove the one here when nothing needs it.`,
  )
}
