// The lock file: every input of a build with its digest. Touches boot/<architecture>.lock.json and nothing else.
import { readFile } from 'node:fs/promises'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { AppError } from '../src/contract/errors.ts'
import { type Architecture, Digest } from '../src/contract/values.ts'
import { writeAtomically } from './debian/download.ts'

export const LockedPackage = Type.Object({
  name: Type.String(),
  version: Type.String(),
  path: Type.String(),
  digest: Digest,
  sizeBytes: Type.Integer(),
})
export type LockedPackage = Static<typeof LockedPackage>

const BootLock = Type.Object({
  suite: Type.String(),
  release: Type.String(),
  /** For the system's tree, in the order in which they are unpacked. */
  system: Type.Array(LockedPackage),
  kernel: Type.Array(LockedPackage),
  firmware: Type.Array(LockedPackage),
  loaders: Type.Array(LockedPackage),
  /** What only the build runs; the libraries that these need are in the system. */
  tools: Type.Array(LockedPackage),
  /** The program of npm's node-linux-<architecture>; path is its place in that package. */
  node: LockedPackage,
})
export type BootLock = Static<typeof BootLock>

export const LOCK_GROUPS = ['system', 'kernel', 'firmware', 'loaders', 'tools'] as const

export async function readLock(architecture: Architecture): Promise<BootLock | undefined> {
  const path = lockPath(architecture)
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const lock: unknown = parseJson(text)
  if (Value.Check(BootLock, lock)) return lock
  throw new AppError(
    'BOOT_OS_LOCK_INVALID',
    `${path} is not a lock file of this version`,
    `Take it back from version control, or write it anew: platen boot build --architecture ${architecture} --update-lock`,
  )
}

export async function writeLock(architecture: Architecture, lock: BootLock): Promise<void> {
  await writeAtomically(lockPath(architecture), `${JSON.stringify(lock, null, 2)}\n`)
}

export function lockPath(architecture: Architecture): string {
  return new URL(`./${architecture}.lock.json`, import.meta.url).pathname
}

export function lockedInputs(lock: BootLock): LockedPackage[] {
  return [...LOCK_GROUPS.flatMap((group) => lock[group]), lock.node]
}

/** One line for each input that came, went or changed. Pure. */
export function describeLockChanges(before: BootLock, after: BootLock): string[] {
  const older = new Map(lockedInputs(before).map((input) => [input.name, input]))
  const newer = new Map(lockedInputs(after).map((input) => [input.name, input]))
  const changed = [...newer.values()].flatMap((input) => {
    const old = older.get(input.name)
    if (old === undefined) return [`+ ${input.name} ${input.version}`]
    return old.digest === input.digest ? [] : [`~ ${input.name} ${old.version} -> ${input.version}`]
  })
  const removed = [...older.values()].filter(({ name }) => !newer.has(name)).map(({ name, version }) => `- ${name} ${version}`)
  return [...changed, ...removed]
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
