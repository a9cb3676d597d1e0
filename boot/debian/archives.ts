// Brings .debs into the cache and unpacks them. Touches the network, the cache folder and dpkg-deb.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '../run-command.ts'
import { fetchIntoCache } from './download.ts'

export interface DebianArchive {
  readonly name: string
  readonly version: string
  readonly path: string
  readonly digest: string
  readonly sizeBytes: number
}

const PARALLEL_DOWNLOADS = 4

export interface FetchArchivesOptions {
  readonly mirror: string
  readonly cacheDir: string
  readonly onArchive?: (archive: DebianArchive, outcome: 'cached' | 'fetched' | 'gone') => void
}

/** Those that the mirror no longer has; all others are in the cache afterwards. */
export async function fetchArchives(archives: readonly DebianArchive[], options: FetchArchivesOptions): Promise<DebianArchive[]> {
  const waiting = [...archives]
  const gone: DebianArchive[] = []
  const work = async () => {
    for (let archive = waiting.shift(); archive !== undefined; archive = waiting.shift()) {
      const url = `${options.mirror}/${archive.path}`
      const outcome = await fetchIntoCache(url, archive.digest, archivePath(options.cacheDir, archive))
      if (outcome === 'gone') gone.push(archive)
      options.onArchive?.(archive, outcome)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL_DOWNLOADS }, work))
  return gone
}

/** Files only: maintainer scripts never run, so the tree is a pure function of the archives. */
export async function unpackArchives(archives: readonly DebianArchive[], cacheDir: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const archive of archives) await runCommand('dpkg-deb', ['--extract', archivePath(cacheDir, archive), folder])
}

function archivePath(cacheDir: string, archive: DebianArchive): string {
  return join(cacheDir, 'debs', `${archive.digest}.deb`)
}
