// packages: software in the root of a deployed Linux, offline: removed, installed and checked there. Writes to its mounted root.
import type { PackageContent } from '../../contract/package.ts'
import type { ImagingTools } from '../imaging/imaging-tools.ts'
import { versionDisks } from '../imaging/version-disks.ts'
import type { Machine } from '../machine.ts'
import type { Performer } from '../performer.ts'
import { candidatesOf, findRoot, theRoot, WITH_ROOT } from './linux-root.ts'
import { inOneGo, putBack } from './package-changes.ts'
import { PackageRoot } from './package-root.ts'
import { type ReadBack, writeConfiguration } from './place-file.ts'
import { scriptEnvironment } from './script-environment.ts'
import { unmountAfter } from './unmount-after.ts'

const ONE_LINUX = 'Only into images with one Linux on a plain ext, XFS or Btrfs partition can packages be installed.'

export function packagesPerformer(machine: Machine, imaging: ImagingTools): Performer<'packages'> {
  return async (step, context) => {
    const { disks } = await versionDisks(step, context)
    for (const { disk } of disks) await imaging.announcePartitions(disk.devicePath, context)
    context.progress({ minorState: 'looking for the root filesystem', percent: 0, transfer: {} })
    const root = await theRoot(candidatesOf(disks, WITH_ROOT, imaging), imaging, context, ONE_LINUX)
    const environment = scriptEnvironment({ context, machine, disk: disks[root.diskIndex]?.disk })
    const { removes, installs, checks } = step
    const count = removes.length + 2 * installs.length + checks.length
    let done = 0
    let configuration: ReadBack[] = []
    const tell = (what: string) => {
      context.log(what)
      context.progress({ minorState: what, percent: (100 * done++) / Math.max(1, count), transfer: {} })
    }
    try {
      await imaging.whileMounted(root.path, root.content, 'write', context, async (directory) => {
        const at = (await findRoot(directory))!
        const texts = step.configuration ?? []
        const inside = new PackageRoot({ root: at, target: machine.target, environment, context })
        const change = async (): Promise<void> => {
          for (const each of removes) {
            tell(`removing ${nameOf(each)}`)
            await inside.remove(each)
          }
          // The scripts of packages find them, and what packages bring does not go over them.
          await writeConfiguration(at, texts, () => undefined)
          for (const group of inOneGo(installs)) {
            for (const each of group) tell(`installing ${nameOf(each)}`)
            await inside.install(group)
          }
          configuration = await writeConfiguration(at, texts, context.log)
          for (const each of [...installs, ...checks]) {
            tell(`checking ${nameOf(each)}`)
            await inside.check(each)
          }
        }
        await inside.work(() =>
          change().catch(async (error: unknown) => {
            if (!context.signal.aborted) await putBack(step, inside, context.log)
            throw error
          }),
        )
      })
    } finally {
      await unmountAfter(machine, context)
    }
    return { transfer: {}, configuration }
  }
}

const nameOf = ({ name, version }: PackageContent): string => `${name} ${version}`
