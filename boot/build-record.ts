// build.json: what a build made, and from what. Touches the boot folder.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Value } from 'typebox/value'
import { AppError } from '../src/contract/errors.ts'
import { BootBuildView } from '../src/contract/operator-api.ts'
import type { Architecture } from '../src/contract/values.ts'
import { sha256 } from './debian/download.ts'
import { lockPath } from './lock.ts'

export const RECIPE_INPUT = 'recipe'
const RECIPE_FOLDER = new URL('./', import.meta.url).pathname

/** undefined: nothing is built for this architecture, or an older version of Platen built it. */
export async function readBuildRecord(bootDir: string, architecture: Architecture): Promise<BootBuildView | undefined> {
  const text = await readFile(join(bootDir, architecture, 'build.json'), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const record: unknown = JSON.parse(text)
  return Value.Check(BootBuildView, record) ? record : undefined
}

export async function requireBuildRecord(bootDir: string, architecture: Architecture): Promise<BootBuildView> {
  const record = await readBuildRecord(bootDir, architecture)
  if (record !== undefined) return record
  throw new AppError(
    'BOOT_OS_NOT_BUILT',
    `there is no boot OS for ${architecture} in ${bootDir}`,
    `Build it: platen boot build --architecture ${architecture}`,
  )
}

/** One digest over the lock file and every file of the recipe: what a build is asked to be made from. */
export async function recipeDigest(architecture: Architecture, version: string): Promise<string> {
  const paths = await readdir(RECIPE_FOLDER, { recursive: true, encoding: 'utf8' })
  const parts = [version]
  for (const path of paths.sort()) {
    const isOther = path.endsWith('.lock.json') && join(RECIPE_FOLDER, path) !== lockPath(architecture)
    const full = join(RECIPE_FOLDER, path)
    if (!isOther && (await stat(full)).isFile()) parts.push(path, sha256(await readFile(full)))
  }
  return sha256(parts.join('\n'))
}

/** Whether all that the record lists is there in its size; loaders lie beside the architecture's folder. */
export async function isComplete(bootDir: string, record: BootBuildView): Promise<boolean> {
  const sizes = await Promise.all(record.artefacts.map(({ name }) => sizeOf(artefactPath(bootDir, record.architecture, name))))
  return record.artefacts.every(({ sizeBytes }, index) => sizes[index] === sizeBytes)
}

/** "loaders/undionly.kpxe" belongs to all architectures, "initrd.img" to one. */
export function artefactPath(bootDir: string, architecture: Architecture, name: string): string {
  return name.startsWith('loaders/') ? join(bootDir, name) : join(bootDir, architecture, name)
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size
}
