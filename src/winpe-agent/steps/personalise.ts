// personalise: makes the copy of a Linux a machine of its own, offline. Writes to its mounted partitions, after the verify.
import { partUuids } from '../../imaging/new-ids.ts'
import type { ImagingTools } from '../imaging/imaging-tools.ts'
import { versionDisks } from '../imaging/version-disks.ts'
import type { Performer, StepContext } from '../performer.ts'
import { type Candidate, candidatesOf, findRoot, theRoot, WITH_ROOT } from './linux-root.ts'
import { renamePartUuids, writeIdentity } from './personal-files.ts'
import { type ReadBack, writeConfiguration } from './place-file.ts'
import { installPlatenNode } from './running-node.ts'

/** The EFI system partition names partitions, too. */
const WITH_BOOT_FILES: readonly string[] = [...WITH_ROOT, 'fat']
const ONE_LINUX =
  'Only images with one Linux on a plain ext, XFS or Btrfs partition can be personalised: deploy this one with --no-personalise.'

export function personalisePerformer(imaging: ImagingTools): Performer<'personalise'> {
  return async (step, context) => {
    const { disks } = await versionDisks(step, context)
    for (const { disk } of disks) await imaging.announcePartitions(disk.devicePath, context)
    context.progress({ minorState: 'looking for the root filesystem', percent: 0, transfer: {} })
    const root = await theRoot(candidatesOf(disks, WITH_ROOT, imaging), imaging, context, ONE_LINUX)
    context.progress({ minorState: `personalising ${root.path}`, percent: 20, transfer: {} })
    let configuration: ReadBack[] = []
    await imaging.whileMounted(root.path, root.content, 'write', context, async (directory) => {
      const at = (await findRoot(directory))!
      for (const line of await writeIdentity(at, step)) context.log(line)
      if (step.platenNode === true) context.log(await installPlatenNode(at, context))
      configuration = await writeConfiguration(at, step.configuration ?? [], context.log)
    })

    const renamed = new Map(disks.flatMap(({ manifest, plan }) => [...partUuids(manifest.table, plan.table)]))
    if (renamed.size > 0) await mendBootFiles(candidatesOf(disks, WITH_BOOT_FILES, imaging), renamed, imaging, context)
    return { transfer: {}, configuration }
  }
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
