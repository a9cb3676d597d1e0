// Where packages are unpacked, and clearing up after builds that were killed. Touches the cache folder.
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** The caller removes it. */
export async function makeWorkDir(cacheDir: string): Promise<string> {
  await mkdir(cacheDir, { recursive: true })
  await removeLeftovers(cacheDir, /^build-(\d+)-/)
  return await mkdtemp(join(cacheDir, `build-${process.pid}-`))
}

/** The name of a folder carries the process that works in it; when that process is gone, so is the use of the folder. */
async function removeLeftovers(folder: string, pattern: RegExp): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const processId = Number(pattern.exec(name)?.[1])
    if (processId > 0 && !isAlive(processId)) await rm(join(folder, name), { recursive: true, force: true })
  }
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
