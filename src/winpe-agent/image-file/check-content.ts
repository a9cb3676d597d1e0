// Whether a compressed chunk holds what its name says. Pure but for the threads of zlib.
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { AppError } from '../../contract/errors.ts'
import { chunkDigest } from '../../imaging/chunk-digest.ts'

const decompress = promisify(zstdDecompress)
/** The largest chunk of any grid. */
const MAX_CHUNK_BYTES = 16 * 1024 * 1024

/** Throws IMAGE_DIGEST_MISMATCH. */
export async function checkContent(digest: string, bytes: Uint8Array): Promise<void> {
  const content = await decompress(bytes, { maxOutputLength: MAX_CHUNK_BYTES }).catch(() => undefined)
  const actual = content === undefined ? 'none, it does not decompress' : chunkDigest(content)
  if (actual === digest) return
  throw new AppError(
    'IMAGE_DIGEST_MISMATCH',
    `chunk ${digest} has other content than its name says (its digest is ${actual})`,
    'Check the store with `platen image verify`, and the file with a second copy of it.',
  )
}
