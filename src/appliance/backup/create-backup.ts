// A backup of a data folder: state and everything else as at one instant, and all chunks. Reads the folder, writes the backup.
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BACKUP_FORMAT, type BackupList } from '../../contract/backup.ts'
import { AppError } from '../../contract/errors.ts'
import { VERSION } from '../version.ts'
import { type BackupFolder, digestOf } from './backup-folder.ts'
import { filesToCopy } from './cut.ts'

export interface BackupSource {
  /** Where chunks/ lies. */
  readonly dataDir: string
  /** The files at one instant, relative to folder. */
  readonly folder: string
  readonly files: readonly { readonly path: string; readonly sizeBytes: number }[]
  /** People's profiles, where they are not in the data folder. */
  readonly profilesDir?: string
}

export interface BackupDone {
  readonly name: string
  readonly files: number
  readonly chunks: number
  /** Contents that the backups before did not have, and the bytes that they take. */
  readonly newContents: number
  readonly newBytes: number
}

/** Beside what it opens, in clear, it would open it for everybody: then the secrets of profiles are to be set anew. */
const IDENTITY = 'secrets/age-identity'
const CHUNK = /^([0-9a-f]{64})\.zst$/

/** Everything is read back after it was written; the list comes last. */
export async function createBackup(
  source: BackupSource,
  target: BackupFolder,
  now: Date,
  onProgress: (files: number, of: number) => void,
): Promise<BackupDone> {
  const done = { newContents: 0, newBytes: 0 }
  const keep = async (kind: 'contents' | 'chunks', digest: string, path: string, sizeBytes?: number) => {
    if (await target.has(kind, digest)) return
    done.newBytes += await target.keep(kind, digest, readTo(path, sizeBytes))
    done.newContents++
  }
  const wanted = [
    ...source.files
      .filter(({ path }) => target.isEncrypted || path !== IDENTITY)
      .map(({ path, sizeBytes }) => ({ place: join(source.folder, path), path: `data/${path}`, sizeBytes })),
    ...(await profileFiles(source.profilesDir)),
  ]
  const chunks = await chunksIn(source.dataDir)
  const total = wanted.length + chunks.length
  let count = 0
  const files: BackupList['files'] = []
  for (const { place, path, sizeBytes } of wanted) {
    const digest = await digestOf(readTo(place, sizeBytes))
    await keep('contents', digest, place, sizeBytes)
    files.push({ path, mode: (await stat(place)).mode & 0o777, sizeBytes, digest })
    onProgress(++count, total)
  }
  for (const digest of chunks) {
    await keep('chunks', digest, chunkPath(source.dataDir, digest))
    onProgress(++count, total)
  }
  const name = await target.keepList({
    format: BACKUP_FORMAT,
    createdAt: now.toISOString(),
    createdBy: VERSION,
    files,
    chunks: [...chunks],
  })
  return { name, files: files.length, chunks: chunks.length, ...done }
}

export const chunkPath = (dataDir: string, digest: string): string => join(dataDir, 'chunks', digest.slice(0, 2), `${digest}.zst`)

async function chunksIn(dataDir: string): Promise<readonly string[]> {
  const names = await readdir(join(dataDir, 'chunks'), { recursive: true }).catch(() => [])
  return names.flatMap((name) => CHUNK.exec(name.split('/').at(-1)!)?.[1] ?? []).sort()
}

/** Of those that come with the program those that people made or changed are not told apart: all of them. */
async function profileFiles(folder: string | undefined) {
  if (folder === undefined) return []
  return filesToCopy(folder).map(({ path, sizeBytes }) => ({ place: join(folder, path), path: `profiles/${path}`, sizeBytes }))
}

/** The first so many bytes; a file that is shorter than it was is not what was to be copied. */
async function* readTo(path: string, sizeBytes?: number): AsyncGenerator<Uint8Array> {
  if (sizeBytes === 0) return
  const end = sizeBytes === undefined ? {} : { end: sizeBytes - 1 }
  let read = 0
  for await (const piece of createReadStream(path, { ...end, highWaterMark: 1 << 20 })) {
    read += (piece as Buffer).length
    yield piece as Buffer
  }
  if (sizeBytes !== undefined && read !== sizeBytes)
    throw new AppError(
      'BACKUP_DAMAGED',
      `${path} has ${read} bytes, and had ${sizeBytes}`,
      'Make the backup again; nothing was listed.',
    )
}
