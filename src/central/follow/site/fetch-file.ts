// One file by digest from central, into a folder of its own: goes on where a cut line left it, and has its name when it is whole and proven.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../../contract/errors.ts'
import type { CentralLink } from './central-link.ts'

export interface WantedFile {
  /** Of the request. */
  readonly path: string
  readonly digest: string
  readonly sizeBytes: number
}

type Link = Pick<CentralLink, 'send' | 'pieces'>

/** Gives its path. Throws SITE_CONTENT_DIFFERS; then nothing of it is kept. */
export async function fetchFile(link: Link, folder: string, file: WantedFile, signal: AbortSignal): Promise<string> {
  const path = join(folder, file.digest)
  if ((await sizeOf(path)) === file.sizeBytes) return path
  await mkdir(folder, { recursive: true })
  const partial = `${path}.part`
  const from = Math.min(await sizeOf(partial), file.sizeBytes)
  if (from < file.sizeBytes) await append(link, partial, file, from, signal)
  if ((await digestOf(partial)) !== file.digest) {
    await rm(partial, { force: true })
    throw new AppError(
      'SITE_CONTENT_DIFFERS',
      `a file of ${file.sizeBytes} bytes came with another content than ${file.digest.slice(0, 12)} names`,
      'It is fetched again by itself. If it stays, somebody changes what comes, or a disk of central does.',
    )
  }
  await rename(partial, path)
  return path
}

async function append(link: Link, partial: string, file: WantedFile, from: number, signal: AbortSignal): Promise<void> {
  const answer = await link.send({ path: file.path, from, signal })
  const handle = await open(partial, from === 0 ? 'w' : 'a')
  try {
    let length = from
    for await (const piece of link.pieces(answer)) {
      length += piece.length
      if (length > file.sizeBytes) break
      await handle.appendFile(piece)
    }
    await handle.sync()
  } finally {
    await handle.close()
    answer.destroy()
  }
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  )

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  if ((await sizeOf(path)) > 0) for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return hash.digest('hex')
}
