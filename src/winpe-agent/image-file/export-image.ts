// A version out of the store into a file. Touches the network and the file; a file with the wanted name is there when it is whole.
import { constants } from 'node:fs'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { DiskManifest, ImageVersionView, Manifest } from '../../contract/image.ts'
import { encodeBundleHead } from '../../imaging/bundle.ts'
import { encodeFrameHeader } from '../../imaging/chunk-frames.ts'
import { totalBytes } from '../../imaging/extents.ts'
import type { VirtualDiskFormat } from '../../imaging/file-content.ts'
import { expandManifest, manifestDigestOf, storedChunksOf } from '../../imaging/manifest-codec.ts'
import { type ChunkClient, createChunkClient } from '../imaging/chunk-client.ts'
import { ChunkWorkers } from '../imaging/chunk-workers.ts'
import { writeAt } from '../imaging/open-disk.ts'
import { TransferMeter } from '../imaging/transfer-meter.ts'
import { writeChunks } from '../imaging/write-chunks.ts'
import { checkContent } from './check-content.ts'
import { type DiskFileFormat, layOutDiskFile } from './disk-file.ts'
import { contextOf, type FileWork } from './file-work.ts'
import { makeVirtualDisk, refuseDisk } from './make-virtual-disk.ts'
import { type PackWish, packFile } from './pack-file.ts'

export type ExportFormat = DiskFileFormat | VirtualDiskFormat | 'bundle'

export interface ExportOrder {
  readonly version: ImageVersionView
  readonly file: string
  readonly format: ExportFormat
  /** Which disk of an image of several, from 1; a bundle holds all of them. */
  readonly disk?: number | undefined
  /** Packed with this. Not for bundles, whose chunks are packed already. */
  readonly compress?: PackWish | undefined
}

/** Raw and qcow2 files that were cut off go on where they stopped; gives the bytes that the file has. */
export async function exportImage(order: ExportOrder, work: FileWork): Promise<number> {
  const client = createChunkClient(contextOf(work))
  const { imageName, version, manifestDigest } = order.version
  const compressed = await client.manifest(imageName, version)
  const manifest = await expandManifest(compressed)
  if (manifestDigestOf(manifest) !== manifestDigest) throw wrongManifest(order.version)
  if (order.format === 'bundle') {
    return intoFile(order, work, (file) => writeBundle(file, order.version, manifest, compressed, client, work))
  }
  const disk = diskOf(manifest, order)
  if (order.format === 'raw' || order.format === 'qcow2') return exportDisk(disk, order.format, order, client, work)
  refuseDisk(disk, order.format)
  return exportVirtualDisk(disk, order.format, order, client, work)
}

/** By way of a raw file beside it, which a second attempt goes on with. */
async function exportVirtualDisk(
  disk: DiskManifest,
  format: VirtualDiskFormat,
  order: ExportOrder,
  client: ChunkClient,
  work: FileWork,
): Promise<number> {
  const rawOrder: ExportOrder = { ...order, format: 'raw', file: partOf(order), compress: undefined }
  await exportDisk(disk, 'raw', rawOrder, client, work)
  const part = `${rawOrder.file}.${format}`
  await makeVirtualDisk({ raw: rawOrder.file, file: part, format }, work)
  await rm(rawOrder.file)
  return finish(part, order, work)
}

async function exportDisk(
  disk: DiskManifest,
  format: DiskFileFormat,
  order: ExportOrder,
  client: ChunkClient,
  work: FileWork,
): Promise<number> {
  const { fileBytes, chunkBytes, chunks, writes } = layOutDiskFile(disk, format)
  return intoFile(order, work, async (file) => {
    // Of the same version, by its name: what it holds already is compared instead of fetched.
    const isBegun = (await file.stat()).size === fileBytes
    await file.truncate(fileBytes)
    const workers = new ChunkWorkers()
    try {
      const meter = new TransferMeter(
        work,
        chunks.reduce((sum, { used }) => sum + totalBytes(used), 0),
      )
      meter.now('fetching and writing')
      for (const { offset, bytes } of writes) await writeAt(file, offset, bytes)
      const { signal } = work
      await writeChunks(chunks, { fd: file.fd, chunkBytes, workers, client, meter, signal, compare: isBegun })
      return fileBytes
    } finally {
      await workers.close()
    }
  })
}

async function writeBundle(
  file: FileHandle,
  version: ImageVersionView,
  manifest: Manifest,
  compressed: Uint8Array,
  client: ChunkClient,
  work: FileWork,
): Promise<number> {
  const digests = [...storedChunksOf(manifest)]
  const meter = new TransferMeter(work, digests.length)
  meter.now('fetching and writing')
  await file.truncate(0)
  let written = await append(file, encodeBundleHead(version, manifest, compressed))
  for (let first = 0; first < digests.length; first += FETCH_BATCH) {
    for await (const { digest, bytes } of client.fetch(digests.slice(first, first + FETCH_BATCH), CHECKED)) {
      work.signal.throwIfAborted()
      await checkContent(digest, bytes)
      written += await append(file, encodeFrameHeader(digest, bytes.length))
      written += await append(file, bytes)
      meter.count('bytesReceived', bytes.length)
      meter.advance(1)
    }
  }
  return written
}

const FETCH_BATCH = 64
/** Nothing is fetched twice here, so all of it is to be checked before it leaves the store. */
const CHECKED = { again: true }

/** Written under another name, flushed, then named. */
async function intoFile(order: ExportOrder, work: FileWork, write: (file: FileHandle) => Promise<number>): Promise<number> {
  const part = partOf(order)
  const file = await open(part, constants.O_RDWR | constants.O_CREAT, 0o640)
  try {
    await write(file)
    await file.sync()
  } finally {
    await file.close()
  }
  return finish(part, order, work)
}

/** Packed when that was asked for; gives the bytes that the file has. */
async function finish(part: string, { file, compress }: ExportOrder, work: FileWork): Promise<number> {
  const whole = compress === undefined ? part : await packFile(part, compress, work)
  await rename(whole, file)
  const directory = await open(dirname(file), 'r')
  await directory.sync().finally(() => directory.close())
  return (await stat(file)).size
}

const partOf = ({ file, format, version, disk = 1 }: ExportOrder): string =>
  `${file}.${version.manifestDigest.slice(0, 12)}-${disk}.${format}.part`

async function append(file: FileHandle, bytes: Uint8Array): Promise<number> {
  for (let written = 0; written < bytes.length; )
    written += (await file.write(bytes, written, bytes.length - written)).bytesWritten
  return bytes.length
}

function diskOf(manifest: Manifest, { version, disk }: ExportOrder): DiskManifest {
  const { length } = manifest.disks
  const found = manifest.disks[(disk ?? 1) - 1]
  if (found !== undefined && (disk !== undefined || length === 1)) return found
  throw new AppError(
    'IMAGE_FILE_UNSUPPORTED',
    `${version.imageName} version ${version.version} has ${length} disk${length === 1 ? '' : 's'}; a file of this format holds one`,
    `Say which with --disk 1 to --disk ${length}, or export a bundle, which holds all of them.`,
  )
}

function wrongManifest({ imageName, version }: ImageVersionView): AppError {
  return new AppError(
    'IMAGE_DIGEST_MISMATCH',
    `the manifest of ${imageName} version ${version} is another than its record says`,
    'Check the store with `platen image verify`.',
  )
}
