// A bundle into the store: what the store lacks is sent, everything is checked while it is read. Touches the file and the network.
import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import { AppError } from '../../contract/errors.ts'
import { bundleInvalid, decodeBundleHead } from '../../imaging/bundle.ts'
import { type ChunkFrame, decodeFrames } from '../../imaging/chunk-frames.ts'
import { encodeManifest } from '../../imaging/manifest-codec.ts'
import { type ChunkClient, createChunkClient } from '../imaging/chunk-client.ts'
import { readAt } from '../imaging/open-disk.ts'
import { TransferMeter } from '../imaging/transfer-meter.ts'
import { checkContent } from './check-content.ts'
import { contextOf, type FileWork } from './file-work.ts'

const compress = promisify(zstdCompress)
const BATCH_CHUNKS = 32
const READ_BYTES = 1024 * 1024

export interface BundleImport {
  readonly file: string
  readonly importId: string
}

/** Gives the number of the new version. Throws IMAGE_BUNDLE_INVALID, IMAGE_DIGEST_MISMATCH; then nothing was published. */
export async function importBundle({ file, importId }: BundleImport, work: FileWork): Promise<number> {
  const handle = await open(file, 'r')
  try {
    return await send(handle, createChunkClient(contextOf(work, importId)), work)
  } finally {
    await handle.close()
  }
}

async function send(file: FileHandle, client: ChunkClient, work: FileWork): Promise<number> {
  let position = 0
  const { header, manifest, digests } = await decodeBundleHead(async (length) => {
    const bytes = await readAt(file, position, length)
    position += bytes.length
    return bytes
  })
  const { imageName, version } = header.version
  work.log(`a bundle of ${imageName} version ${version}, ${digests.length} chunks`)
  await client.reserve(manifest.disks.reduce((sum, disk) => sum + disk.usedBytes, 0))
  const missing = new Set(await client.missing(digests))
  work.log(`the store lacks ${missing.size} of them`)

  const meter = new TransferMeter(work, digests.length)
  meter.now('reading, checking and sending')
  for await (const batch of batchesOf(chunksIn(file, position, digests))) {
    work.signal.throwIfAborted()
    await Promise.all(batch.map(({ digest, bytes }) => checkContent(digest, bytes)))
    const lacking = batch.filter(({ digest }) => missing.has(digest))
    if (lacking.length > 0) meter.count('bytesSent', await client.send(lacking))
    meter.advance(batch.length)
  }
  const published = await client.publish(await compress(encodeManifest(manifest)), header.version.signatures)
  return published.version
}

/** Exactly the chunks that the manifest names, in its order; what is cut, swapped or added is refused. */
async function* chunksIn(file: FileHandle, from: number, digests: readonly string[]): AsyncGenerator<ChunkFrame> {
  let count = 0
  try {
    for await (const frame of decodeFrames(piecesOf(file, from))) {
      const wanted = digests[count]
      if (wanted === undefined) throw bundleInvalid(`something stands behind its last chunk, number ${digests.length}`)
      if (frame.digest !== wanted) throw bundleInvalid(`chunk ${count + 1} is ${frame.digest}, its manifest names ${wanted}`)
      count++
      yield frame
    }
  } catch (error) {
    if (error instanceof AppError && error.code === 'IMAGE_CHUNK_STREAM_INVALID')
      throw bundleInvalid(`it cannot be read behind chunk ${count} of ${digests.length} (${error.message})`, error)
    throw error
  }
  if (count < digests.length) throw bundleInvalid(`it ends after ${count} of ${digests.length} chunks`)
}

async function* piecesOf(file: FileHandle, from: number): AsyncGenerator<Buffer> {
  for (let position = from; ; ) {
    const piece = await readAt(file, position, READ_BYTES)
    if (piece.length === 0) return
    position += piece.length
    yield piece
  }
}

async function* batchesOf(chunks: AsyncIterable<ChunkFrame>): AsyncGenerator<ChunkFrame[]> {
  let batch: ChunkFrame[] = []
  for await (const chunk of chunks) {
    batch.push(chunk)
    if (batch.length < BATCH_CHUNKS) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
