// What a build is made from, as one digest; and which of the builds that are there was made from the same. Touches the recipe, reading only.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { BootBuildRecord } from '../src/contract/boot-build.ts'
import type { Architecture } from '../src/contract/values.ts'
import { sha256 } from './debian/download.ts'
import { lockPath } from './lock.ts'

/** Names of inputs that are no packages. */
export const RECIPE_INPUT = 'recipe'
export const VARIANT_INPUT = 'variant'
const RECIPE_FOLDER = new URL('./', import.meta.url).pathname

/** Name as in build.json -> content. */
export type Artefacts = ReadonlyMap<string, Buffer>

/** A build that is kept somewhere. */
export interface ExistingBuild {
  readonly record: BootBuildRecord
  /** undefined: it is not there. */
  read(name: string): Promise<Buffer | undefined>
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

/** The files of a build of this recipe, and of these additions when there are some, all of them as its record says. */
export async function filesOfSame(
  builds: readonly ExistingBuild[],
  recipe: string,
  variant: string | undefined,
): Promise<{ readonly record: BootBuildRecord; readonly artefacts: Artefacts } | undefined> {
  for (const build of builds) {
    const { inputs } = build.record
    const isSame =
      inputs.some(({ name, digest }) => name === RECIPE_INPUT && digest === recipe) &&
      inputs.find(({ name }) => name === VARIANT_INPUT)?.digest === variant
    const artefacts = isSame ? await readWhole(build) : undefined
    if (artefacts !== undefined) return { record: build.record, artefacts }
  }
  return undefined
}

/** undefined: a file is gone, or another than it was, as a kernel that somebody signed in its place. */
async function readWhole({ record, read }: ExistingBuild): Promise<Artefacts | undefined> {
  const files = new Map<string, Buffer>()
  for (const { name, digest } of record.artefacts) {
    const content = await read(name)
    if (content === undefined || sha256(content) !== digest) return undefined
    files.set(name, content)
  }
  return files
}
