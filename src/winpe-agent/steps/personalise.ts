// personalise: makes the copy of a Linux a machine of its own, offline. Writes to its mounted partitions, after the verify.
import { AppError } from '../../contract/errors.ts'
import { partUuids } from '../../imaging/new-ids.ts'
import type { ImagingTools, MountableContent } from '../imaging/imaging-tools.ts'
import { type VersionDisk, versionDisks } from '../imaging/version-disks.ts'
import type { Performer, StepContext } from '../performer.ts'
import { findRoot, renamePartUuids, writeIdentity } from './personal-files.ts'

const WITH_ROOT: readonly string[] = ['ext', 'xfs', 'btrfs'] satisfies readonly MountableContent[]
/** The EFI system partition names partitions, too. */
const WITH_BOOT_FILES: readonly string[] = [...WITH_ROOT, 'fat']

interface Candidate {
  readonly path: string
  readonly content: MountableContent
}

export function personalisePerformer(imaging: ImagingTools): Performer<'personalise'> {
  return async (step, context) => {
    const { disks } = await versionDisks(step, context)
    for (const { disk } of disks) await imaging.announcePartitions(disk.devicePath, context)
    context.progress({ minorState: 'looking for the root filesystem', percent: 0, transfer: {} })
    const root = await rootOf(candidatesOf(disks, WITH_ROOT, imaging), imaging, context)
    context.progress({ minorState: `personalising ${root.path}`, percent: 20, transfer: {} })
    await imaging.whileMounted(root.path, root.content, 'write', context, async (directory) => {
      for (const line of await writeIdentity((await findRoot(directory))!, step)) context.log(line)
    })

    const renamed = new Map(disks.flatMap(({ manifest, plan }) => [...partUuids(manifest.table, plan.table)]))
    if (renamed.size > 0) await mendBootFiles(candidatesOf(disks, WITH_BOOT_FILES, imaging), renamed, imaging, context)
    return { transfer: {} }
  }
}

function candidatesOf(disks: readonly VersionDisk[], kinds: readonly string[], imaging: ImagingTools): Candidate[] {
  return disks.flatMap(({ disk, manifest }) =>
    manifest.contents
      .filter(({ content, number }) => kinds.includes(content) && (number > 0 || manifest.table.kind === 'none'))
      .map(({ number, content }) => ({
        path: imaging.partitionPath(disk.devicePath, number),
        content: content as MountableContent,
      })),
  )
}

/** Throws IMAGE_ROOT_NOT_FOUND unless exactly one of them holds a Linux. */
async function rootOf(candidates: readonly Candidate[], imaging: ImagingTools, context: StepContext): Promise<Candidate> {
  const roots: Candidate[] = []
  for (const candidate of candidates) {
    const { path, content } = candidate
    const root = await imaging.whileMounted(path, content, 'read', context, findRoot)
    if (root !== undefined) roots.push(candidate)
  }
  if (roots.length === 1) return roots[0]!
  const looked = candidates.map(({ path, content }) => `${path} (${content})`).join(', ') || 'none that can hold one'
  throw new AppError(
    'IMAGE_ROOT_NOT_FOUND',
    `${roots.length === 0 ? 'no partition holds' : `${roots.length} partitions hold`} the root of a Linux; looked at: ${looked}`,
    'Only images with one Linux on a plain ext, XFS or Btrfs partition can be personalised: deploy this one with --no-personalise.',
  )
}

async function mendBootFiles(
  candidates: readonly Candidate[],
  renamed: ReadonlyMap<string, string>,
  imaging: ImagingTools,
  context: StepContext,
): Promise<void> {
  for (const { path, content } of candidates) {
    const changed = await imaging.whileMounted(path, content, 'write', context, async (directory) =>
      renamePartUuids((await findRoot(directory)) ?? directory, renamed),
    )
    for (const file of changed) context.log(`new partition ids in ${file} on ${path}`)
  }
}
