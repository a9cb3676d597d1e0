// Takes the network loaders out of their packages. Touches a working folder.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../src/contract/errors.ts'
import type { Architecture } from '../src/contract/values.ts'
import { unpackArchives } from './debian/archives.ts'
import type { BootLock } from './lock.ts'
import { LOADER_FILES } from './recipe.ts'

/** Name under loaders/ -> content. */
export async function takeLoaders(
  architecture: Architecture,
  lock: BootLock,
  cacheDir: string,
  workDir: string,
): Promise<Map<string, Buffer>> {
  const folder = join(workDir, 'loaders')
  await unpackArchives(lock.loaders, cacheDir, folder)
  const loaders = new Map<string, Buffer>()
  for (const [name, path] of Object.entries(LOADER_FILES[architecture])) {
    const content = await readFile(join(folder, path)).catch(() => undefined)
    if (content === undefined) throw missingLoader(name, path)
    loaders.set(name, content)
  }
  return loaders
}

function missingLoader(name: string, path: string): AppError {
  return new AppError(
    'BOOT_OS_FILE_MISSING',
    `none of the loader packages holds ${path}, which becomes loaders/${name}`,
    'Look for its new place with `dpkg-deb --contents` and correct LOADER_FILES in boot/recipe.ts.',
  )
}
