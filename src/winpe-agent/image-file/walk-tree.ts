// What a mounted filesystem holds, file by file, and the content of some of them as digests. Only reads.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

export interface TreeEntry {
  readonly kind: 'file' | 'directory' | 'link' | 'other'
  /** 0 unless it is a file: other sizes are the filesystem's own business. */
  readonly sizeBytes: number
  readonly mode: number
  readonly owner: string
  /** Of content and of facts. */
  readonly times: string
  /** Of a link. */
  readonly target: string | undefined
}

export async function walkTree(root: string, signal: AbortSignal): Promise<Map<string, TreeEntry>> {
  const found = new Map<string, TreeEntry>()
  const pending = ['']
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    signal.throwIfAborted()
    const names = await readdir(join(root, folder))
    const entries = await Promise.all(
      names.map(async (name) => [join(folder, name), await look(join(root, folder, name))] as const),
    )
    for (const [path, entry] of entries) {
      found.set(path, entry)
      if (entry.kind === 'directory') pending.push(path)
    }
  }
  return found
}

/** path -> digest of its content. */
export async function digestFiles(root: string, paths: readonly string[], signal: AbortSignal): Promise<Map<string, string>> {
  const digests = new Map<string, string>()
  for (const path of paths) {
    const hash = createHash('sha256')
    await pipeline(createReadStream(join(root, path)), hash, { signal })
    digests.set(path, hash.digest('hex'))
  }
  return digests
}

async function look(path: string): Promise<TreeEntry> {
  const facts = await lstat(path)
  const kind = facts.isFile() ? 'file' : facts.isDirectory() ? 'directory' : facts.isSymbolicLink() ? 'link' : 'other'
  return {
    kind,
    sizeBytes: kind === 'file' ? facts.size : 0,
    mode: facts.mode,
    owner: `${facts.uid}:${facts.gid}`,
    times: `${facts.mtimeMs} ${facts.ctimeMs}`,
    target: kind === 'link' ? await readlink(path) : undefined,
  }
}
