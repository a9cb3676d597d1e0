// personalise: makes the copy of a Linux a machine of its own, offline. Writes to its mounted partitions, after the verify.
import { AppError } from '../../contract/errors.ts'
import { partUuids } from '../../imaging/new-ids.ts'
import type { ImagingTools } from '../imaging/imaging-tools.ts'
import { versionDisks } from '../imaging/version-disks.ts'
import type { Performer, StepContext } from '../performer.ts'
import { type Candidate, candidatesOf, findRoot, rootsAmong, WITH_ROOT } from './linux-root.ts'
import { renamePartUuids, writeIdentity } from './personal-files.ts'
import { installPlatenNode } from './running-node.ts'

/** The EFI system partition names partitions, too. */
const WITH_BOOT_FILES: readonly string[] = [...WITH_ROOT, 'fat']

export function personalisePerformer(imaging: ImagingTools): Performer<'personalise'> {
  return async (step, context) => {
    const { disks } = await versionDisks(step, context)
    for (const { disk } of disks) await imaging.announcePartitions(disk.devicePath, context)
    context.progress({ minorState: 'looking for the root filesystem', percent: 0, transfer: {} })
    const root = await rootOf(candidatesOf(disks, WITH_ROOT, imaging), imaging, context)
    context.progress({ minorState: `personalising ${root.path}`, percent: 20, transfer: {} })
    await imaging.whileMounted(root.path, root.content, 'write', context, async (directory) => {
      const at = (await findRoot(directory))!
      for (const line of await writeIdentity(at, step)) context.log(line)
      if (step.platenNode === true) context.log(await installPlatenNode(at, context))
    })

    const renamed = new Map(disks.flatMap(({ manifest, plan }) => [...partUuids(manifest.table, plan.table)]))
    if (renamed.size > 0) await mendBootFiles(candidatesOf(disks, WITH_BOOT_FILES, imaging), renamed, imaging, context)
    return { transfer: {} }
  }
}

/** Throws IMAGE_ROOT_NOT_FOUND unless exactly one of them holds a Linux. */
async function rootOf(candidates: readonly Candidate[], imaging: ImagingTools, context: StepContext): Promise<Candidate> {
  const roots = await rootsAmong(candidates, imaging, context)
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
