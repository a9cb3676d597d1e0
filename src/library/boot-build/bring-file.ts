// Brings the files of a build to their places: a link to an equal one that is there, else its bytes from where they come. Never unproven.
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { copyFile, link, rm } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { BootArtefact } from '../../contract/boot-build.ts'
import { AppError } from '../../contract/errors.ts'

/** The bytes of a file, by its name in the record. Asked only for files that are not here. */
export type OpenFile = (name: string) => Readable | Promise<Readable>

/** The first of the equal files that is still what its record says gets one more name. */
export async function bringFile(artefact: BootArtefact, path: string, equals: readonly string[], open: OpenFile): Promise<void> {
  for (const equal of equals) {
    const isThere = await linkOrCopy(equal, path).then(
      () => true,
      () => false,
    )
    if (isThere && (await digestOfFile(path)).digest === artefact.digest) return
    await rm(path, { force: true })
  }
  const { digest, sizeBytes } = await write(await open(artefact.name), path)
  if (digest === artefact.digest && sizeBytes === artefact.sizeBytes) return
  throw new AppError(
    'BOOT_BUILD_INVALID',
    `${artefact.name} has ${sizeBytes} bytes with the digest ${digest.slice(0, 12)}, the record says ${artefact.sizeBytes} and ${artefact.digest.slice(0, 12)}`,
    'Nothing was kept. Take the build again from where it came.',
  )
}

/** A file system without hard links pays with space. */
export async function linkOrCopy(source: string, path: string): Promise<void> {
  await link(source, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EPERM' || error.code === 'EXDEV' || error.code === 'ENOTSUP' || error.code === 'EMLINK')
      return copyFile(source, path)
    throw error
  })
}

export async function digestOfFile(path: string): Promise<{ readonly digest: string; readonly sizeBytes: number }> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(bytes as Buffer)
    sizeBytes += (bytes as Buffer).length
  }
  return { digest: hash.digest('hex'), sizeBytes }
}

async function write(source: Readable, path: string): Promise<{ readonly digest: string; readonly sizeBytes: number }> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  await pipeline(
    source,
    async function* (pieces: AsyncIterable<Buffer>) {
      for await (const piece of pieces) {
        hash.update(piece)
        sizeBytes += piece.length
        yield piece
      }
    },
    createWriteStream(path, { mode: 0o644, flush: true }),
  )
  return { digest: hash.digest('hex'), sizeBytes }
}
