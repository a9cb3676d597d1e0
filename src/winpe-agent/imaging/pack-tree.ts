// A folder and all that is in it as members of a cpio archive, piece by piece. Reads files; follows no link, opens no device.
// Extended attributes (file capabilities, security labels) have no place in the archive and are left behind.
import { constants, type Stats } from 'node:fs'
import { lstat, open, readdir, readlink } from 'node:fs/promises'
import { AppError } from '../../contract/errors.ts'
import { NEWC_MAX_BYTES, type NewcMember, newcHeader, newcPadding, newcTrailer } from '../../imaging/newc.ts'

const PIECE_BYTES = 1024 * 1024
const SEPARATOR = Buffer.from('/')

/** What stands in the archive beside the folder, and over what the folder has under the same name. */
export interface AddedFile {
  /** Without a slash in front; its folder comes before it. */
  readonly path: string
  readonly mode: number
  readonly content: Uint8Array | 'folder'
}

/** The archive of a folder with what is added, whole. Throws AGENT_TRIAL_UNFIT for a file that has no place in it. */
export async function* packTree(root: string, added: readonly AddedFile[]): AsyncGenerator<Buffer> {
  const state: State = { inode: 1, linked: new Map() }
  yield* packFolder(Buffer.from(root), undefined, state)
  for (const { path, mode, content } of added) {
    const bytes = content === 'folder' ? Buffer.alloc(0) : Buffer.from(content)
    const type = content === 'folder' ? constants.S_IFDIR : constants.S_IFREG
    const member = { path: Buffer.from(path), mode: type | mode, ...PLAIN, inode: state.inode++, sizeBytes: bytes.length }
    yield* [newcHeader(member), bytes, Buffer.alloc(newcPadding(bytes.length))]
  }
  yield newcTrailer()
}

const PLAIN = { uid: 0, gid: 0, modifiedAt: 0, links: 1, device: { major: 0, minor: 0 } }

interface State {
  inode: number
  /** Device and inode of files with several names -> their number in the archive. */
  readonly linked: Map<string, number>
}

/** name: in the archive; undefined, the root itself, which the kernel has. */
async function* packFolder(folder: Buffer, name: Buffer | undefined, state: State): AsyncGenerator<Buffer> {
  const entries = (await readdir(folder, { encoding: 'buffer' })) as Buffer[]
  for (const entry of entries.sort(Buffer.compare)) {
    const from = Buffer.concat([folder, SEPARATOR, entry])
    const path = name === undefined ? entry : Buffer.concat([name, SEPARATOR, entry])
    const stats = await lstat(from)
    if (stats.isDirectory()) {
      yield newcHeader(memberOf(path, stats, 0, state))
      yield* packFolder(from, path, state)
    } else if (stats.isSymbolicLink()) {
      const target = (await readlink(from, { encoding: 'buffer' })) as Buffer
      yield* [newcHeader(memberOf(path, stats, target.length, state)), target, Buffer.alloc(newcPadding(target.length))]
    } else if (stats.isFile()) yield* packFile(from, path, stats, state)
    // A socket belongs to a program that runs.
    else if (!stats.isSocket()) yield newcHeader(memberOf(path, stats, 0, state))
  }
}

async function* packFile(from: Buffer, path: Buffer, stats: Stats, state: State): AsyncGenerator<Buffer> {
  const isAgain = stats.nlink > 1 && state.linked.has(keyOf(stats))
  const sizeBytes = isAgain ? 0 : stats.size
  if (sizeBytes > NEWC_MAX_BYTES) throw tooLarge(path, sizeBytes)
  yield newcHeader(memberOf(path, stats, sizeBytes, state))
  if (sizeBytes === 0) return
  await using file = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW)
  for (let at = 0; at < sizeBytes; ) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(PIECE_BYTES, sizeBytes - at)), 0, undefined, at)
    if (bytesRead === 0) throw new Error(`${path.toString()} became shorter while it was read`)
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
  yield Buffer.alloc(newcPadding(sizeBytes))
}

function memberOf(path: Buffer, stats: Stats, sizeBytes: number, state: State): NewcMember {
  const { mode, uid, gid, mtimeMs, rdev } = stats
  const isLinked = stats.isFile() && stats.nlink > 1
  const inode = (isLinked ? state.linked.get(keyOf(stats)) : undefined) ?? state.inode++
  if (isLinked) state.linked.set(keyOf(stats), inode)
  const links = isLinked ? stats.nlink : 1
  return { path, mode, uid, gid, modifiedAt: mtimeMs / 1000, links, inode, sizeBytes, device: deviceOf(rdev) }
}

const keyOf = ({ dev, ino }: Stats): string => `${dev}/${ino}`

/** As Linux packs both numbers into one (makedev(3)). */
function deviceOf(rdev: number): NewcMember['device'] {
  const bits = BigInt(rdev)
  return {
    major: Number(((bits >> 8n) & 0xfffn) | ((bits >> 32n) & 0xfffff000n)),
    minor: Number((bits & 0xffn) | ((bits >> 12n) & 0xffffff00n)),
  }
}

function tooLarge(path: Buffer, sizeBytes: number): AppError {
  return new AppError(
    'AGENT_TRIAL_UNFIT',
    `/${path.toString()} has ${sizeBytes} bytes; a file of a trial has at most 4 GiB`,
    'Deploy the version to a machine that may be written to.',
  )
}
