// What a variant has beside the plain boot OS: packages, kernel modules and files that a person asks for, and the lock of these packages.
// Touches the lock file beside boot.yaml.
import { readFile } from 'node:fs/promises'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { AppError } from '../src/contract/errors.ts'
import type { Architecture } from '../src/contract/values.ts'
import { fetchArchives } from './debian/archives.ts'
import { sha256, writeAtomically } from './debian/download.ts'
import { resolvePackages } from './debian/resolve.ts'
import { fetchSuite } from './debian/suite.ts'
import type { InputOptions } from './inputs.ts'
import { type BootLock, LockedPackage } from './lock.ts'
import { DEBIAN_ARCHITECTURE, LEFT_OUT_PACKAGES } from './recipe.ts'

export interface Additions {
  readonly name: string
  /** Debian packages; what they need comes with them. */
  readonly packages: readonly string[]
  /** Names of kernel modules, or folders and files below kernel/ as drivers/infiniband/. */
  readonly modules: readonly string[]
  readonly files: readonly AddedFile[]
  /** Where their lock is kept. */
  readonly lockPath: string
}

export interface AddedFile {
  /** Below the root, without a slash in front. */
  readonly path: string
  readonly content: Uint8Array
  readonly isProgram: boolean
}

const AdditionsLock = Type.Object({
  /** The words of boot.yaml that the packages were chosen for. */
  asked: Type.Array(Type.String()),
  packages: Type.Array(LockedPackage),
})
const AdditionsLocks = Type.Partial(Type.Object({ x64: AdditionsLock, arm64: AdditionsLock }))
type AdditionsLocks = Static<typeof AdditionsLocks>

/**
 * The packages by digest: those of the lock, unless it is of other wishes, is to be written anew, or the mirror gave one up.
 * All of them are in the cache afterwards.
 */
export async function bringAdditions(
  additions: Additions,
  base: BootLock,
  options: InputOptions,
  updateLock: boolean,
): Promise<readonly LockedPackage[]> {
  if (additions.packages.length === 0) return []
  const { architecture, onProgress } = options
  const locks = await readLocks(additions.lockPath)
  const locked = locks[architecture]
  if (!updateLock && locked !== undefined && isSame(locked.asked, additions.packages)) {
    const gone = await fetchArchives(locked.packages, options)
    if (gone.length === 0) return locked.packages
    for (const { name, version } of gone) onProgress({ stage: 'resolve', detail: `the mirror no longer has ${name} ${version}` })
  }
  const packages = await chooseAdditions(additions, base, options)
  for (const { name, version } of packages) onProgress({ stage: 'resolve', detail: `+ ${name} ${version}` })
  await fetchArchives(packages, options)
  const next = { ...locks, [architecture]: { asked: [...additions.packages], packages } }
  await writeAtomically(additions.lockPath, `${JSON.stringify(next, null, 2)}\n`)
  return packages
}

/** One digest over all that makes the variant what it is. Pure. */
export function additionsDigest({ name, modules, files }: Additions, packages: readonly LockedPackage[]): string {
  const told = files.map(({ path, content, isProgram }) => `${path} ${sha256(content)} ${isProgram}`)
  return sha256([name, ...modules, '', ...told, '', ...packages.map(({ digest }) => digest)].join('\n'))
}

async function chooseAdditions({ packages }: Additions, base: BootLock, options: InputOptions): Promise<LockedPackage[]> {
  const { architecture, mirror, cacheDir, onProgress } = options
  onProgress({ stage: 'resolve', detail: `reading the package lists for ${packages.join(', ')}` })
  const suite = await fetchSuite(mirror, DEBIAN_ARCHITECTURE[architecture], cacheDir)
  const onBoard = [...base.system, ...base.kernel].map(({ name }) => name)
  return resolvePackages(suite.packages, packages, [...LEFT_OUT_PACKAGES, ...onBoard]).map(
    ({ name, version, path, digest, sizeBytes }) => ({ name, version, path, digest, sizeBytes }),
  )
}

async function readLocks(path: string): Promise<AdditionsLocks> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return {}
  const locks: unknown = parseJson(text)
  if (Value.Check(AdditionsLocks, locks)) return locks
  const hint = 'Take it back from version control, or write it anew with --update-lock.'
  throw new AppError('BOOT_OS_LOCK_INVALID', `${path} is not a lock file of this version`, hint)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((each, index) => each === other[index])

/** So that a wish of another processor type is told at once. Pure. */
export function refuseOtherArchitecture(architecture: Architecture, of: readonly Architecture[] | undefined, name: string): void {
  if (of === undefined || of.includes(architecture)) return
  const hint = `Say --architecture ${of[0]}, or add ${architecture} to architectures in boot.yaml.`
  throw new AppError('BOOT_ADDITIONS_INVALID', `${name} is not made for ${architecture}`, hint)
}
