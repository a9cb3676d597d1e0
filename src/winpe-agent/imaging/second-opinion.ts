// What those who did not make a copy say of it: each filesystem's own check, and the system's prober beside what it said of the source.
// The digests cannot know: they compare with what the capture believed. Only reads.
import { AppError } from '../../contract/errors.ts'
import type { ContentKind, DiskManifest } from '../../contract/image.ts'
import type { Disk } from '../../contract/inventory.ts'
import type { CheckDepth } from '../../contract/steps.ts'
import type { DeployPlan } from '../../imaging/deploy-plan.ts'
import { partitionRanges } from '../../imaging/grow-plan.ts'
import { probeDifferences } from '../../imaging/probe-difference.ts'
import type { StepContext } from '../performer.ts'
import { isMapped } from './fit-to-copy.ts'
import type { FilesystemCheck, ImagingTools } from './imaging-tools.ts'
import { lookAtStacks } from './look-at-stacks.ts'
import { probeDisk } from './probe-disk.ts'
import { sectorBytesOf, withMembers } from './used-members.ts'

export interface Copy {
  readonly disk: Disk
  readonly plan: DeployPlan
  readonly manifest: DiskManifest
  readonly depth: CheckDepth
  readonly hasNewIds: boolean
}

/** Of all disks of a version, in their order. Throws IMAGE_VERIFY_FAILED with the words of whoever disagrees. */
export async function secondOpinion(copies: readonly Copy[], imaging: ImagingTools, context: StepContext): Promise<void> {
  context.progress({ minorState: 'checking filesystems', percent: 100, transfer: {} })
  for (const copy of copies) {
    await imaging.announcePartitions(copy.disk.devicePath, context)
    await judge(filesystemsOf(copy, imaging, context), copy.depth, context)
    await compareProbes(copy, imaging, context)
  }
  for (const { depth } of copies.slice(0, 1)) await judge(await filesystemsOfMembers(copies, imaging, context), depth, context)
}

async function judge(filesystems: readonly FilesystemOnCopy[], depth: CheckDepth, context: StepContext): Promise<void> {
  for (const { name, wasShrunk, check } of filesystems) {
    const found = await check()
    if (found.kind === 'whole') {
      const size = wasShrunk ? ' (was made smaller: its blocks were read back when they were written)' : ''
      context.log(`${name}${size}: its own check (${depth}) finds it whole`)
    } else if (found.kind === 'unchecked') context.log(`${name}: not checked, ${found.reason}`)
    else throw notWhole(name, found.kind === 'unclean' ? [found.reason] : found.lines, wasShrunk)
  }
}

interface FilesystemOnCopy {
  readonly name: string
  readonly wasShrunk: boolean
  check(): Promise<FilesystemCheck>
}

/** Those that are whole in the image; what it holds as raw bytes, or marked as broken, has nobody who could judge it. */
function filesystemsOf({ disk, plan, manifest, depth }: Copy, imaging: ImagingTools, context: StepContext): FilesystemOnCopy[] {
  const found: FilesystemOnCopy[] = []
  const { devicePath } = disk
  for (const { number } of partitionRanges(plan.table, plan.geometry.sizeBytes)) {
    const told = manifest.contents.find((one) => one.number === number)
    if (told === undefined || told.broken !== undefined) continue
    const { content } = told
    const path = imaging.partitionPath(devicePath, number)
    if (isMapped(content)) {
      const wasShrunk = plan.shrunk?.shrink.number === number
      // It has the copy of its boot sector at its end, which is not that of its partition before it has grown.
      const isToGrow = content === 'ntfs' && plan.growth?.number === number
      const own = isToGrow ? [{ of: { kind: 'path', path } as const, offset: 0, length: plan.growth.fromBytes }] : undefined
      const check = () =>
        own === undefined
          ? imaging.checkFilesystem(path, content, depth, context)
          : imaging.checkFilesystemOf({ kind: 'pieces', pieces: own }, content, depth, context)
      found.push({ name: path, wasShrunk, check })
    }
  }
  return found
}

/** What lies on several of them at once: arrays and volumes, put together anew from what stands on the copies. */
async function filesystemsOfMembers(
  copies: readonly Copy[],
  imaging: ImagingTools,
  context: StepContext,
): Promise<FilesystemOnCopy[]> {
  const disks = copies.map(({ disk, plan, manifest }) => ({ disk, members: membersOf(plan, manifest) }))
  const isBroken = copies.some(({ manifest }) =>
    manifest.contents.some(({ content, broken }) => isMember(content) && broken !== undefined),
  )
  if (isBroken || disks.every(({ members }) => members.length === 0)) return []
  const leaves = await withMembers(
    disks,
    imaging,
    async (partitions) => (await lookAtStacks(partitions, { takesWhole: true, sectorBytes: sectorBytesOf(disks) })).leaves,
  )
  return leaves.flatMap(({ name, space: { device }, signature, wholeBecause }) => {
    if (wholeBecause !== undefined || signature.kind !== 'known' || !isMapped(signature.content)) return []
    const { content } = signature
    return [{ name, wasShrunk: false, check: () => imaging.checkFilesystemOf(device, content, copies[0]!.depth, context) }]
  })
}

const isMember = (content: ContentKind): content is 'md' | 'lvm' => content === 'md' || content === 'lvm'

function membersOf({ table, geometry }: DeployPlan, { contents }: DiskManifest) {
  return partitionRanges(table, geometry.sizeBytes).flatMap((range) => {
    const content = contents.find(({ number }) => number === range.number)?.content ?? 'raw'
    return isMember(content) ? [{ ...range, memberOf: content }] : []
  })
}

async function compareProbes(
  { disk, plan, manifest, hasNewIds }: Copy,
  imaging: ImagingTools,
  context: StepContext,
): Promise<void> {
  const { probed, contents } = manifest
  if (probed === undefined) return
  const { geometry, table } = plan
  const now = await probeDisk({ devicePath: disk.devicePath, geometry, table, contents }, imaging, context)
  if (now === undefined) return
  const differences = probeDifferences({ probed, now, hasNewIds })
  if (differences.length > 0) throw looksDifferent(disk.devicePath, differences)
  context.log(`${now.by} says of ${disk.devicePath} what ${probed.by} said at capture`)
}

function notWhole(name: string, lines: readonly string[], wasShrunk: boolean): AppError {
  return new AppError(
    'IMAGE_VERIFY_FAILED',
    [`the filesystem on ${name} is not whole`, ...lines].join('\n'),
    wasShrunk
      ? 'Deploy again; if it fails again, replace the disk (`smartctl -a` tells about it) or its cable.'
      : 'The disk holds what the image does, so the image is wrong: check the filesystem on the source, capture it again, and deploy that.',
  )
}

function looksDifferent(devicePath: string, differences: readonly string[]): AppError {
  return new AppError(
    'IMAGE_VERIFY_FAILED',
    [`${devicePath} does not look like what was captured`, ...differences].join('\n'),
    'Something of an earlier use of the disk shows through, or the image lacks something: look with `wipefs` and `blkid -p`, wipe the disk' +
      ' (`wipefs --all` on its partitions and on itself) and deploy again.',
  )
}
