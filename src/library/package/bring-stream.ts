// A package that arrives over the network: a .deb, or a folder as tar. It lies in a folder of its own until it is kept. What a hostile tar could do is
// bounded: regular files alone, each inside of the folder, as many and as large as a package may have. Touches the folder.
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AppError } from '../../contract/errors.ts'
import { decodeTarHeader, isTarHeader, parseExtended, TAR_BLOCK_BYTES } from '../../imaging/tar-entries.ts'
import { staysInside } from '../files/parse-yaml.ts'
import { ByteTaker } from './byte-taker.ts'
import type { Added, Packages } from './packages.ts'
import { AR_MAGIC } from './read-deb.ts'

type Bringer = Pick<Packages, 'bring' | 'loadDeb' | 'loadFolder'>

const MOST_FILES = 10_000
const MOST_NOTE_BYTES = 64 * 1024
const PIECE_BYTES = 1024 * 1024

export function bringStream(body: Readable, packages: Bringer, incomingDir: string): Promise<Added> {
  return inFolder(incomingDir, async (folder) => {
    const bytes = new ByteTaker(body)
    if ((await bytes.peek(AR_MAGIC.length)).toString('latin1') === AR_MAGIC) {
      const path = join(folder, 'brought.deb')
      await pipeline(bytes.rest(), createWriteStream(path))
      return packages.bring(() => packages.loadDeb(path))
    }
    await unpack(bytes, folder)
    return packages.bring(() => packages.loadFolder(folder))
  })
}

async function inFolder<T>(incomingDir: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(incomingDir, randomUUID())
  await mkdir(folder, { recursive: true })
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function unpack(tar: ByteTaker, folder: string): Promise<void> {
  let notes: { path?: string; sizeBytes?: number } = {}
  for (let files = 0; ; ) {
    const block = await tar.take(TAR_BLOCK_BYTES)
    if (block.length < TAR_BLOCK_BYTES || block.every((byte) => byte === 0)) return
    if (!isTarHeader(block)) throw refused('the head of one of its files is damaged')
    const header = decodeTarHeader(block)
    const sizeBytes = notes.sizeBytes ?? header.sizeBytes
    const padding = (TAR_BLOCK_BYTES - (sizeBytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES
    if (header.kind === 'long-name' || header.kind === 'extended') {
      if (sizeBytes > MOST_NOTE_BYTES) throw refused(`the name of one of its files has ${sizeBytes} bytes`)
      const bytes = await tar.take(sizeBytes)
      notes = {
        ...notes,
        ...(header.kind === 'extended' ? parseExtended(bytes) : { path: bytes.toString('utf8').split('\0')[0]! }),
      }
    } else {
      const name = notes.path ?? header.name
      const isFolder = header.kind === 'other' && name.endsWith('/') && sizeBytes === 0
      if (header.kind !== 'file' && !isFolder) throw refused(`${name} is no regular file`)
      if (!staysInside(name)) throw refused(`${name} leads out of the folder`)
      if (++files > MOST_FILES) throw refused(`it holds more than ${MOST_FILES} files`)
      if (!isFolder) await writeFile(tar, join(folder, name), sizeBytes)
      notes = {}
    }
    await tar.take(padding)
  }
}

/** Never over one that is there: two of one name in an archive are somebody's joke. */
async function writeFile(tar: ByteTaker, path: string, sizeBytes: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true }).catch(cannotBe(path))
  const file = await open(path, 'wx').catch(cannotBe(path))
  try {
    for (let left = sizeBytes; left > 0; ) {
      const piece = await tar.take(Math.min(left, PIECE_BYTES))
      if (piece.length === 0) throw refused(`it ends inside of ${path.split('/').at(-1)}`)
      await file.write(piece)
      left -= piece.length
    }
  } finally {
    await file.close()
  }
}

const cannotBe =
  (path: string) =>
  (error: NodeJS.ErrnoException): never => {
    if (error.code === 'EEXIST' || error.code === 'ENOTDIR' || error.code === 'ENAMETOOLONG' || error.code === 'EISDIR')
      throw refused(`two of its files cannot be beside each other, or one has no name: ${path.split('/').at(-1)}`)
    throw error
  }

function refused(reason: string): AppError {
  return new AppError(
    'PACKAGE_INVALID',
    `the folder did not arrive as one: ${reason}`,
    'Bring it with `platen package add FOLDER`; links and devices do not belong into a package.',
  )
}
