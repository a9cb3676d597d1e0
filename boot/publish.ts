// Puts a finished build into the boot folder in one move, and clears up after builds that were killed. Touches both folders.
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BootBuildView } from '../src/contract/operator-api.ts'
import type { Architecture } from '../src/contract/values.ts'
import { writeAtomically } from './debian/download.ts'

/** Name as in build.json -> content. */
export type Artefacts = ReadonlyMap<string, Buffer>

/** Built beside, then renamed: a machine that boots now gets all of the old build or all of the new one. */
export async function publish(bootDir: string, record: BootBuildView, artefacts: Artefacts): Promise<void> {
  const target = join(bootDir, record.architecture)
  const fresh = `${target}.new-${process.pid}`
  await removeLeftovers(bootDir, /\.new-(\d+)$/)
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { recursive: true })
  for (const [name, content] of artefacts) {
    if (name.startsWith('loaders/')) await writeAtomically(join(bootDir, name), content)
    else await writeFile(join(fresh, name), content)
  }
  await writeFile(join(fresh, 'build.json'), formatRecord(record))
  await rm(`${target}.old`, { recursive: true, force: true })
  if (await isFolder(target)) await rename(target, `${target}.old`)
  await rename(fresh, target)
  await rm(`${target}.old`, { recursive: true, force: true })
}

/** A build that was killed between the two renames left the good build under its old name. */
export async function recoverSwap(bootDir: string, architecture: Architecture): Promise<void> {
  const target = join(bootDir, architecture)
  if (!(await isFolder(target)) && (await isFolder(`${target}.old`))) await rename(`${target}.old`, target)
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true
}

export function formatRecord(record: BootBuildView): string {
  return `${JSON.stringify(record, null, 2)}\n`
}

/** Where packages are unpacked; the caller removes it. */
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
