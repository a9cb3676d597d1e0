// Which blocks of a disk are in use, partition by partition, and the refusal of what cannot be told. Only reads.
import type { UsedContent } from '../../imaging/capture-plan.ts'
import { swapHeaderBytes } from '../../imaging/disk-signature.ts'
import { type FilesystemPlace, type Fitness, fitnessOf, mapOrBroken } from './fit-to-copy.ts'
import type { UsedContentDeps } from './imaging-tools.ts'
import type { DiskLook, PartitionLook } from './look-at-disk.ts'
import { lockedContent, untoldContent } from './unfit-content.ts'
import type { StackUse } from './used-stacks.ts'

/**
 * Refuses before a block is read what cannot be told, is not clean, not whole or not all here, unless the job says to take it. stacks: what of
 * partitions is in use that are members of something larger, by their numbers.
 */
export async function usedContentOf(
  look: DiskLook,
  stacks: ReadonlyMap<number, StackUse>,
  deps: UsedContentDeps,
): Promise<UsedContent[]> {
  const judged: Judged[] = []
  for (const partition of look.partitions)
    judged.push({ partition, stack: stacks.get(partition.number), fitness: await judge(partition, deps) })
  const contents: UsedContent[] = []
  for (const one of judged) contents.push(await usedOf(one, deps))
  return contents
}

/** What no look inside will change. */
export function refuseUntold(look: DiskLook, deps: UsedContentDeps): void {
  for (const partition of look.partitions) {
    refuseLocked(partition, deps)
    refuseUnknown(partition, deps)
  }
}

interface Judged {
  readonly partition: PartitionLook
  readonly stack: StackUse | undefined
  readonly fitness: Fitness
}

async function judge(partition: PartitionLook, deps: UsedContentDeps): Promise<Fitness> {
  const { number, sizeBytes, signature, head } = partition
  const { tools, devicePath, run } = deps
  const name = tools.partitionPath(devicePath, number)
  if (signature.kind !== 'known') return { kind: 'fit' }
  const { content } = signature
  const check: FilesystemPlace['check'] = (mapped, depth) => tools.checkFilesystem(name, mapped, depth, run)
  return await fitnessOf({ name, content, head, sizeBytes, check }, deps)
}

async function usedOf({ partition, fitness, stack }: Judged, deps: UsedContentDeps): Promise<UsedContent> {
  const { number, startBytes, sizeBytes, signature, head } = partition
  const { tools, devicePath, run } = deps
  const place = { number, startBytes, sizeBytes }
  const path = tools.partitionPath(devicePath, number)
  const whole = [{ offset: 0, length: sizeBytes }]
  if (stack !== undefined) return { ...place, ...stack }
  if (fitness.kind === 'raw') {
    const { broken, reason } = fitness
    return { ...place, content: 'raw', used: whole, notes: [`copied whole, because ${reason}`], ...(broken && { broken }) }
  }
  if (signature.kind !== 'known') return { ...place, content: 'raw', used: whole }
  const { content } = signature
  const { filesystemBytes, note } = fitness
  const facts = { ...place, content, ...(filesystemBytes && { filesystemBytes }), ...(note && { notes: [note] }) }
  if (content === 'swap') return { ...facts, used: [{ offset: 0, length: swapHeaderBytes(head) }] }
  const map = await mapOrBroken(() => tools.usedExtents(path, content, run), deps)
  if (map.kind === 'mapped') return { ...facts, used: map.used }
  return { ...place, content: 'raw', used: whole, notes: [`copied whole, because ${map.reason}`], broken: map.broken }
}

function refuseLocked({ signature, number }: PartitionLook, { devicePath, tools }: UsedContentDeps): void {
  if (signature.kind === 'opaque' && signature.name === 'BitLocker') throw lockedContent(tools.partitionPath(devicePath, number))
}

function refuseUnknown(partition: PartitionLook, { includeUnknown, devicePath, tools }: UsedContentDeps): void {
  const { signature, number, head, sizeBytes } = partition
  const isTold = ['known', 'blank', 'whole'].includes(signature.kind) || partition.memberOf !== undefined
  if (isTold || includeUnknown) return
  throw untoldContent({ name: tools.partitionPath(devicePath, number), head, sizeBytes, signature, what: 'partition' })
}
