// Where the root of a deployed Linux is. Mounts what can hold one, one after the other, to look.
import { stat } from 'node:fs/promises'
import { posix } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { ImagingTools, MountableContent } from '../imaging/imaging-tools.ts'
import type { VersionDisk } from '../imaging/version-disks.ts'
import type { StepContext } from '../performer.ts'
import { pathInside } from './inside.ts'

export const WITH_ROOT: readonly string[] = ['ext', 'xfs', 'btrfs'] satisfies readonly MountableContent[]

export interface Candidate {
  readonly path: string
  readonly content: MountableContent
  /** Which of the image's disks it is on. */
  readonly diskIndex: number
}

export function candidatesOf(
  disks: readonly VersionDisk[],
  kinds: readonly string[],
  imaging: Pick<ImagingTools, 'partitionPath'>,
): Candidate[] {
  return disks.flatMap(({ disk, manifest }, diskIndex) =>
    manifest.contents
      .filter(({ content, number }) => kinds.includes(content) && (number > 0 || manifest.table.kind === 'none'))
      .map(({ number, content }) => ({
        path: imaging.partitionPath(disk.devicePath, number),
        content: content as MountableContent,
        diskIndex,
      })),
  )
}

export async function rootsAmong(
  candidates: readonly Candidate[],
  imaging: Pick<ImagingTools, 'whileMounted'>,
  context: StepContext,
): Promise<Candidate[]> {
  const roots: Candidate[] = []
  for (const candidate of candidates) {
    const { path, content } = candidate
    const root = await imaging.whileMounted(path, content, 'read', context, findRoot)
    if (root !== undefined) roots.push(candidate)
  }
  return roots
}

/** Throws IMAGE_ROOT_NOT_FOUND unless exactly one of them holds a Linux. */
export async function theRoot(
  candidates: readonly Candidate[],
  imaging: Pick<ImagingTools, 'whileMounted'>,
  context: StepContext,
  hint: string,
): Promise<Candidate> {
  const roots = await rootsAmong(candidates, imaging, context)
  if (roots.length === 1) return roots[0]!
  const looked = candidates.map(({ path, content }) => `${path} (${content})`).join(', ') || 'none that can hold one'
  const found = roots.length === 0 ? 'no partition holds' : `${roots.length} partitions hold`
  throw new AppError('IMAGE_ROOT_NOT_FOUND', `${found} the root of a Linux; looked at: ${looked}`, hint)
}

/** Is there a Linux below this directory? Its root may be a subvolume (Btrfs: @). */
export async function findRoot(directory: string): Promise<string | undefined> {
  for (const root of [directory, posix.join(directory, '@'), posix.join(directory, '@rootfs')]) {
    for (const path of ['etc/os-release', 'usr/lib/os-release']) {
      if ((await exists(root, path)) && (await exists(root, 'etc'))) return root
    }
  }
  return undefined
}

export async function exists(root: string, path: string): Promise<boolean> {
  return stat(await pathInside(root, path)).then(
    () => true,
    () => false,
  )
}
