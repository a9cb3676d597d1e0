// What those who did not make a copy say of it: each filesystem's own check, and the system's prober beside what it said of the source.
// The digests cannot know: they compare with what the capture believed. Only reads.
import { AppError } from '../../contract/errors.ts'
import type { DiskManifest } from '../../contract/image.ts'
import type { Disk } from '../../contract/inventory.ts'
import type { CheckDepth } from '../../contract/steps.ts'
import type { DeployPlan } from '../../imaging/deploy-plan.ts'
import { identifySignature, SIGNATURE_BYTES } from '../../imaging/disk-signature.ts'
import { partitionRanges } from '../../imaging/grow-plan.ts'
import { probeDifferences } from '../../imaging/probe-difference.ts'
import type { StepContext } from '../performer.ts'
import { isMapped } from './fit-to-copy.ts'
import type { FilesystemCheck, ImagingTools } from './imaging-tools.ts'
import { lookAtVolumes } from './look-at-volumes.ts'
import { readAt, withDisk } from './open-disk.ts'
import { probeDisk } from './probe-disk.ts'

export interface Copy {
  readonly disk: Disk
  readonly plan: DeployPlan
  readonly manifest: DiskManifest
  readonly depth: CheckDepth
  readonly hasNewIds: boolean
}

/** Throws IMAGE_VERIFY_FAILED with the words of whoever disagrees. */
export async function secondOpinion(copy: Copy, imaging: ImagingTools, context: StepContext): Promise<void> {
  const { disk, depth } = copy
  context.progress({ minorState: 'checking filesystems', percent: 100, transfer: {} })
  await imaging.announcePartitions(disk.devicePath, context)
  for (const { name, wasShrunk, check } of await filesystemsOf(copy, imaging, context)) {
    const found = await check()
    if (found.kind === 'whole') {
      const size = wasShrunk ? ' (was made smaller: its blocks were read back when they were written)' : ''
      context.log(`${name}${size}: its own check (${depth}) finds it whole`)
    } else if (found.kind === 'unchecked') context.log(`${name}: not checked, ${found.reason}`)
    else throw notWhole(name, found.kind === 'unclean' ? [found.reason] : found.lines, wasShrunk)
  }
  await compareProbes(copy, imaging, context)
}

interface FilesystemOnCopy {
  readonly name: string
  readonly wasShrunk: boolean
  check(): Promise<FilesystemCheck>
}

/** Those that are whole in the image; what it holds as raw bytes, or marked as broken, has nobody who could judge it. */
async function filesystemsOf(
  { disk, plan, manifest, depth }: Copy,
  imaging: ImagingTools,
  context: StepContext,
): Promise<FilesystemOnCopy[]> {
  const found: FilesystemOnCopy[] = []
  const { devicePath } = disk
  for (const { number, startBytes, sizeBytes } of partitionRanges(plan.table, plan.geometry.sizeBytes)) {
    const told = manifest.contents.find((one) => one.number === number)
    if (told === undefined || told.broken !== undefined) continue
    const { content } = told
    const path = imaging.partitionPath(devicePath, number)
    if (isMapped(content)) {
      const wasShrunk = plan.shrunk?.shrink.number === number
      // It has the copy of its boot sector at its end, which is not that of its partition before it has grown.
      const isToGrow = content === 'ntfs' && plan.growth?.number === number
      const own = isToGrow ? [{ offset: 0, length: plan.growth.fromBytes }] : undefined
      const check = () =>
        own === undefined
          ? imaging.checkFilesystem(path, content, depth, context)
          : imaging.checkFilesystemOfPieces(path, own, content, depth, context)
      found.push({ name: path, wasShrunk, check })
    }
    if (content === 'lvm') found.push(...(await volumesOf({ devicePath, path, startBytes, sizeBytes, depth }, imaging, context)))
  }
  return found
}

interface PhysicalVolume {
  readonly devicePath: string
  readonly path: string
  readonly startBytes: number
  readonly sizeBytes: number
  readonly depth: CheckDepth
}

async function volumesOf(
  { devicePath, path, startBytes, sizeBytes, depth }: PhysicalVolume,
  imaging: ImagingTools,
  context: StepContext,
): Promise<FilesystemOnCopy[]> {
  const { whoHolds } = imaging
  const group = await withDisk(
    devicePath,
    'read',
    async (disk) => lookAtVolumes(disk, { startBytes, sizeBytes, head: await readAt(disk, startBytes, SIGNATURE_BYTES) }),
    { whoHolds, signal: context.signal },
  )
  return (group?.volumes ?? []).flatMap(({ name, head, pieces, wholeBecause }) => {
    const signature = identifySignature(head)
    if (wholeBecause !== undefined || signature.kind !== 'known' || !isMapped(signature.content)) return []
    const { content } = signature
    const check = () => imaging.checkFilesystemOfPieces(path, pieces, content, depth, context)
    return [{ name: `${group?.name}/${name}`, wasShrunk: false, check }]
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
