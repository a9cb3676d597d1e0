// Puts a backup back: into a folder beside the data folder, which takes its place when all of it is there and right. Touches both.
import { createHash } from 'node:crypto'
import { chmod, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import type { BackupList } from '../../contract/backup.ts'
import { AppError } from '../../contract/errors.ts'
import { syncFolder } from '../../store/index.ts'
import { type BackupFolder, damaged } from './backup-folder.ts'
import { chunkPath } from './create-backup.ts'

export interface RestoreOrder {
  readonly at?: string | undefined
  readonly dataDir: string
  /** Where profiles go that lay outside of the data folder. Left out: profiles/ in it. */
  readonly profilesDir?: string
  /** What is there is put aside, not removed. Left out: a folder that holds anything is refused. */
  readonly replace: boolean
  /** Throws APPLIANCE_ALREADY_RUNNING while an appliance works on the folder. */
  readonly lock: (dataDir: string) => Promise<() => Promise<void>>
}

/** Throws when a compressed chunk is not what its name says. */
export type CheckChunk = (digest: string, compressed: Uint8Array) => Promise<void>
type OnProgress = (files: number, of: number) => void

export interface Restored {
  readonly list: BackupList
  /** Where what was there lies now. */
  readonly aside: readonly string[]
}

/** Reads all of it and compares digests; writes nothing. Throws BACKUP_DAMAGED. */
export async function verifyBackup(
  source: BackupFolder,
  at: string | undefined,
  checkChunk: CheckChunk,
  onProgress: OnProgress,
): Promise<BackupList> {
  const list = await source.list(at)
  const total = list.files.length + list.chunks.length
  let count = 0
  for (const file of list.files) {
    for await (const _piece of contentOf(source, file));
    onProgress(++count, total)
  }
  for (const digest of list.chunks) {
    await checkedChunk(source, digest, checkChunk)
    onProgress(++count, total)
  }
  return list
}

/** All of it or nothing. Throws BACKUP_TARGET_NOT_EMPTY, BACKUP_DAMAGED, BACKUP_FORMAT_NEWER, BACKUP_KEY_WRONG. */
export async function restoreBackup(
  source: BackupFolder,
  order: RestoreOrder,
  checkChunk: CheckChunk,
  onProgress: OnProgress,
): Promise<Restored> {
  const list = await source.list(order.at)
  const places: Places = { data: order.dataDir, profiles: order.profilesDir }
  const parts: readonly Part[] = order.profilesDir === undefined ? ['data'] : ['data', 'profiles']
  for (const part of parts) if (!order.replace) await refuseFull(places[part]!)
  await refuseRunning(order)
  const begun = (part: Part) => (places[part] === undefined ? join(begunOf(places.data), 'profiles') : begunOf(places[part]))
  for (const part of parts) {
    await rm(begun(part), { recursive: true, force: true })
    await mkdir(begun(part), { recursive: true, mode: 0o700 })
  }
  const total = list.files.length + list.chunks.length
  let count = 0
  for (const file of list.files) {
    await putFile(source, file, begun)
    onProgress(++count, total)
  }
  for (const digest of list.chunks) {
    const bytes = await checkedChunk(source, digest, checkChunk)
    await write(chunkPath(begun('data'), digest), 0o640, onePiece(bytes))
    onProgress(++count, total)
  }
  const aside: string[] = []
  for (const part of parts) aside.push(...(await swap(begun(part), places[part]!)))
  return { list, aside }
}

async function putFile(source: BackupFolder, file: BackupList['files'][number], begun: (part: Part) => string): Promise<void> {
  const [part = '', ...rest] = file.path.split('/')
  const inside = rest.join('/')
  if (normalize(inside) !== inside || inside === '' || inside.startsWith('..')) throw damaged(`its list has a file ${file.path}`)
  await write(join(begun(part as Part), inside), file.mode, contentOf(source, file))
}

async function* contentOf(source: BackupFolder, { digest, path }: BackupList['files'][number]): AsyncGenerator<Uint8Array> {
  const sum = createHash('sha256')
  for await (const piece of source.read('contents', digest)) {
    sum.update(piece)
    yield piece
  }
  if (sum.digest('hex') !== digest) throw damaged(`${path} has other content than its list says`)
}

async function checkedChunk(source: BackupFolder, digest: string, checkChunk: CheckChunk): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of source.read('chunks', digest)) parts.push(part)
  const bytes = Buffer.concat(parts)
  await checkChunk(digest, bytes).catch((error: Error) => {
    throw damaged(error.message)
  })
  return bytes
}

async function write(path: string, mode: number, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await open(path, 'wx', mode)
  try {
    for await (const piece of pieces) await file.writeFile(piece)
    await file.sync()
  } finally {
    await file.close()
  }
  // Whatever the umask says.
  await chmod(path, mode)
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

type Part = 'data' | 'profiles'
type Places = { readonly data: string; readonly profiles: string | undefined }

const begunOf = (place: string): string => `${place}.restoring`

/** A folder that is not there has nobody that works on it. */
async function refuseRunning({ dataDir, lock }: RestoreOrder): Promise<void> {
  if ((await readdir(dataDir).catch(() => [])).length === 0) return
  const unlock = await lock(dataDir)
  await unlock()
}

async function refuseFull(folder: string): Promise<void> {
  const [first] = await readdir(folder).catch(() => [])
  if (first === undefined) return
  throw new AppError(
    'BACKUP_TARGET_NOT_EMPTY',
    `${folder} is not empty: ${first} lies in it`,
    'Name an empty or new folder, or say --replace: what is there is then put aside, as a folder beside it.',
  )
}

/** Gives where what was there lies now. */
async function swap(made: string, place: string): Promise<readonly string[]> {
  const before = `${place}.before-${Date.now().toString(36)}`
  const entries = await readdir(place).catch(() => undefined)
  if (entries !== undefined && entries.length > 0) await rename(place, before)
  else await rm(place, { recursive: true, force: true })
  await rename(made, place)
  await syncFolder(dirname(place))
  return entries !== undefined && entries.length > 0 ? [before] : []
}
