// The files of a version: which partition, what is in a folder, and the bytes of one file. Reads the store through threads; writes nothing.

import { AppError } from '../../contract/errors.ts'
import type { ContentKind, DiskManifest } from '../../contract/image.ts'
import type { FilesQuery, ImageFiles } from '../../contract/image-files.ts'
import { BodyRoom } from '../image/body-room.ts'
import { openDiskReader } from '../image/disk-bytes.ts'
import type { ImageStoreService } from '../image/image-service.ts'
import { ChunkCache } from '../nbd/chunk-cache.ts'
import { noDisk } from '../nbd/nbd-desk.ts'
import { FileTree } from './file-tree.ts'
import { type FileEntry, ListingReader } from './listing.ts'
import { EXTRACT, LIST, unpack, type Volume } from './unpack.ts'

/** What 7-Zip calls them. A partition of unknown content may be a SquashFS. */
const TYPES: Partial<Record<ContentKind, string>> = { ext: 'ext', fat: 'fat', ntfs: 'ntfs', raw: 'squashfs' }
const CASELESS: readonly ContentKind[] = ['fat', 'ntfs']
/** Each thread takes a processor. */
const MAX_THREADS = 2
const KEPT_TREES = 2
const CACHE_BYTES = 128 * 1024 * 1024

interface Filesystem {
  readonly key: string
  readonly volume: Volume
  readonly type: string
  readonly disk: number
  readonly partition: number
  readonly content: ContentKind
}

export class ImageFilesReader {
  readonly #images: ImageStoreService
  readonly #threads = new BodyRoom(MAX_THREADS)
  readonly #cache = new ChunkCache(CACHE_BYTES)
  /** Who looks into a folder looks into the next one. The one used last is the last. */
  readonly #trees = new Map<string, Promise<FileTree>>()

  constructor(images: ImageStoreService) {
    this.#images = images
  }

  /** Throws IMAGE_FILE_NOT_FOUND, IMAGE_FILESYSTEM_UNREAD, and what find and manifest of images throw. */
  async list(imageName: string, version: number, query: FilesQuery): Promise<ImageFiles> {
    const filesystem = await this.#open(imageName, version, query)
    const tree = await this.#treeOf(filesystem)
    const found = tree.find(query.path ?? '/')
    const { disk, partition, content } = filesystem
    const files = tree.list(found).map(({ path, ...rest }) => ({ name: path.slice(path.lastIndexOf('/') + 1), ...rest }))
    return { disk, partition, content, path: `/${found.path}`, files }
  }

  /** A file and its bytes, links followed inside the filesystem. Throws as list does; a folder is no file. */
  async content(imageName: string, version: number, query: FilesQuery, signal: AbortSignal) {
    const filesystem = await this.#open(imageName, version, query)
    const entry = (await this.#treeOf(filesystem)).find(query.path ?? '/')
    if (entry.kind !== 'file') throw noFile(query.path ?? '/', entry)
    return { entry, bytes: this.#read(filesystem, EXTRACT(filesystem.type, entry.path), signal) }
  }

  #treeOf(filesystem: Filesystem): Promise<FileTree> {
    const { key } = filesystem
    const tree = this.#trees.get(key) ?? this.#load(filesystem)
    this.#trees.delete(key)
    if (this.#trees.size >= KEPT_TREES) this.#trees.delete(this.#trees.keys().next().value!)
    this.#trees.set(key, tree)
    tree.catch(() => this.#trees.delete(key))
    return tree
  }

  async #load(filesystem: Filesystem): Promise<FileTree> {
    const tree = new FileTree({ isCaseless: CASELESS.includes(filesystem.content) })
    const listing = new ListingReader((entry) => tree.add(entry))
    for await (const bytes of this.#read(filesystem, LIST(filesystem.type), new AbortController().signal)) listing.add(bytes)
    listing.end()
    return tree
  }

  async *#read({ volume }: Filesystem, words: readonly string[], signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const leave = await this.#threads.take(1)
    try {
      yield* unpack(volume, words, signal)
    } finally {
      leave()
    }
  }

  async #open(imageName: string, version: number, { disk: number = 1, partition }: FilesQuery): Promise<Filesystem> {
    const { manifestDigest } = this.#images.find(imageName, version)
    const { disks } = await this.#images.manifest(imageName, version)
    const disk = disks[number - 1]
    if (disk === undefined) throw noDisk({ imageName, version, disk: number }, disks.length)
    const place = partition === undefined ? largest(disk) : placesOf(disk).find((one) => one.partition === partition)
    const type = place === undefined ? undefined : TYPES[place.content]
    if (place === undefined || type === undefined) throw unreadable(`${imageName} version ${version}`, disk, place)
    const reader = this.#cache.reader(`${manifestDigest}/${number}`, openDiskReader(disk, this.#images))
    const { startBytes, sizeBytes, content } = place
    const key = `${manifestDigest}/${number}/${place.partition}`
    return { key, volume: { reader, startBytes, sizeBytes }, type, disk: number, partition: place.partition, content }
  }
}

interface Place {
  readonly partition: number
  readonly content: ContentKind
  readonly startBytes: number
  readonly sizeBytes: number
}

/** Partitions, and what is in them; without a table the disk as number 0. */
export function placesOf({ table, contents, sizeBytes }: DiskManifest): Place[] {
  return contents.flatMap(({ number, content }) => {
    if (table.kind === 'none') return number === 0 ? [{ partition: 0, content, startBytes: 0, sizeBytes }] : []
    const own = [...table.partitions].find((one) => one.number === number)
    return own === undefined ? [] : [{ partition: number, content, startBytes: own.startBytes, sizeBytes: own.sizeBytes }]
  })
}

/** Where the system is, as a rule. */
function largest(disk: DiskManifest): Place | undefined {
  const readable = placesOf(disk).filter(({ content }) => content !== 'raw' && TYPES[content] !== undefined)
  return readable.sort((a, b) => b.sizeBytes - a.sizeBytes)[0]
}

function unreadable(what: string, disk: DiskManifest, place: Place | undefined): AppError {
  const has =
    placesOf(disk)
      .map(({ partition, content }) => `${partition} (${content})`)
      .join(', ') || 'none'
  const message =
    place === undefined
      ? `${what} has no such partition with files`
      : `partition ${place.partition} of ${what} holds ${place.content}`
  return new AppError(
    'IMAGE_FILESYSTEM_UNREAD',
    `${message}; partitions: ${has}`,
    'Files of ext2/3/4, FAT, NTFS and SquashFS can be read. For others offer the disk with `platen image nbd` and mount it.',
  )
}

function noFile(path: string, { kind }: FileEntry): AppError {
  const what = kind === 'folder' ? 'a folder' : 'no file with bytes'
  return new AppError(
    'IMAGE_FILE_NOT_FOUND',
    `${path} is ${what}`,
    'List it with `platen image files IMAGE FOLDER`, and name a file.',
  )
}
