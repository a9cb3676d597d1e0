// A composite bundle as a file of a person: written while it is checked, or looked into. Touches that file.
import { constants, createReadStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { BundleIndex } from '../../contract/bundle.ts'
import { type BundleTaker, readBundle } from '../../imaging/composite-bundle.ts'
import { expandManifest, storedChunksOf } from '../../imaging/manifest-codec.ts'

export interface BundleContent {
  readonly index: BundleIndex
  /** As minisign prints it, and its line. */
  readonly keyId: string
  readonly publicKey: string
  /** Bytes of the whole file; left out: only its beginning was read. */
  readonly sizeBytes?: number
}

/** Reads what comes, checks all of it, and gives the file its name when it is whole. Throws as readBundle does; then there is no file. */
export async function saveBundle(
  source: AsyncIterable<Uint8Array>,
  file: string,
  onBytes: (count: number) => void,
): Promise<BundleContent> {
  const part = `${file}.part`
  const handle = await open(part, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600)
  try {
    let sizeBytes = 0
    async function* written(): AsyncGenerator<Uint8Array> {
      for await (const piece of source) {
        await handle.writeFile(piece)
        sizeBytes += piece.length
        onBytes(sizeBytes)
        yield piece
      }
    }
    const content = await readWhole(written())
    await handle.sync()
    await rename(part, file)
    const folder = await open(dirname(file), 'r')
    await folder.sync().finally(() => folder.close())
    return { ...content, sizeBytes }
  } catch (error) {
    await rm(part, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}

/** Checks every byte of it. Throws as readBundle does. */
export async function checkBundleFile(file: string, onBytes: (count: number) => void): Promise<BundleContent> {
  let sizeBytes = 0
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) {
      sizeBytes += (piece as Buffer).length
      onBytes(sizeBytes)
      yield piece as Buffer
    }
  }
  return { ...(await readWhole(pieces())), sizeBytes }
}

/** What its index says; of the rest nothing is read. */
export async function readBundleIndex(file: string): Promise<BundleContent> {
  const stream = createReadStream(file)
  let content: BundleContent | undefined
  const enough = new Error('the index was read')
  try {
    await readBundle(
      stream,
      takerOf((found) => {
        content = found
        throw enough
      }),
    )
  } catch (error) {
    if (error !== enough) throw error
  } finally {
    stream.destroy()
  }
  return content!
}

async function readWhole(pieces: AsyncIterable<Uint8Array>): Promise<BundleContent> {
  let content: BundleContent | undefined
  await readBundle(
    pieces,
    takerOf((found) => {
      content = found
    }),
  )
  return content!
}

function takerOf(onIndex: (content: BundleContent) => void): BundleTaker {
  let key = { keyId: '', line: '' }
  return {
    onKey(found) {
      key = found
    },
    onIndex: (index) => onIndex({ index, keyId: key.keyId, publicKey: key.line }),
    onManifest: async (_digest, compressed) => storedChunksOf(await expandManifest(compressed)),
    async onFile(_digest, pieces) {
      // Read to its end, where its digest is looked at.
      for await (const _piece of pieces);
    },
    onChunk: () => undefined,
  }
}
