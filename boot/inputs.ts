// Decides what a build is made from, and brings it: the lock file's inputs, or what the suite has now. Touches network and cache.
import type { Architecture } from '../src/contract/values.ts'
import { fetchArchives } from './debian/archives.ts'
import type { DebianPackage } from './debian/packages-index.ts'
import { resolvePackages } from './debian/resolve.ts'
import { fetchSuite, SUITE } from './debian/suite.ts'
import { type BootLock, describeLockChanges, LOCK_GROUPS, type LockedPackage } from './lock.ts'
import { bringNodeBinary, describeNodeBinary } from './node-binary.ts'
import type { ReportProgress } from './progress.ts'
import {
  DEBIAN_ARCHITECTURE,
  FIRMWARE_PACKAGES,
  KERNEL_PACKAGE,
  LEFT_OUT_PACKAGES,
  LOADER_PACKAGES,
  SYSTEM_PACKAGES,
  TOOL_PACKAGES,
} from './recipe.ts'

export interface InputOptions {
  readonly architecture: Architecture
  readonly mirror: string
  readonly cacheDir: string
  readonly onProgress: ReportProgress
}

/** What the suite has now, for the recipe's wishes. */
export async function resolveInputs(options: InputOptions): Promise<BootLock> {
  const { architecture, mirror, cacheDir, onProgress } = options
  onProgress({ stage: 'resolve', detail: `reading the package lists of ${SUITE} from ${mirror}` })
  const { release, packages } = await fetchSuite(mirror, DEBIAN_ARCHITECTURE[architecture], cacheDir)
  const choose = (wanted: readonly string[], leaveOut: readonly string[]) =>
    resolvePackages(packages, wanted, leaveOut).map(lockedPackage)
  const system = choose(SYSTEM_PACKAGES[architecture], LEFT_OUT_PACKAGES)
  const inSystem = [...LEFT_OUT_PACKAGES, ...system.map(({ name }) => name)]
  return {
    suite: SUITE,
    release,
    system,
    kernel: choose([KERNEL_PACKAGE[architecture]], inSystem),
    firmware: choose(FIRMWARE_PACKAGES, inSystem),
    loaders: choose(LOADER_PACKAGES[architecture], inSystem),
    tools: choose(TOOL_PACKAGES, inSystem),
    node: await describeNodeBinary(architecture, cacheDir),
  }
}

/** The inputs that a build really uses, all in the cache: the lock's, unless the mirror has given some of them up. */
export async function bringInputs(lock: BootLock, options: InputOptions): Promise<BootLock> {
  const gone = await bring(lock, options)
  if (gone.length === 0) return lock
  const { onProgress } = options
  for (const { name, version } of gone) onProgress({ stage: 'resolve', detail: `the mirror no longer has ${name} ${version}` })
  const current = await resolveInputs(options)
  for (const line of describeLockChanges(lock, current)) onProgress({ stage: 'resolve', detail: line })
  await bring(current, options)
  return current
}

async function bring(lock: BootLock, options: InputOptions): Promise<LockedPackage[]> {
  const archives = LOCK_GROUPS.flatMap((group) => lock[group])
  const totalBytes = archives.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  let doneBytes = 0
  const gone = await fetchArchives(archives, {
    mirror: options.mirror,
    cacheDir: options.cacheDir,
    onArchive: ({ name, version, sizeBytes }, outcome) => {
      doneBytes += sizeBytes
      options.onProgress({ stage: 'download', detail: `${name} ${version} ${outcome}`, doneBytes, totalBytes })
    },
  })
  await bringNodeBinary(options.architecture, lock.node, options.cacheDir)
  return gone
}

function lockedPackage({ name, version, path, digest, sizeBytes }: DebianPackage): LockedPackage {
  return { name, version, path, digest, sizeBytes }
}
