// Which blocks of partitions are in use that are members of arrays and volume groups: their own metadata, and what is inside by what it holds.
// Only reads.
import type { ArrayMember } from '../../contract/image.ts'
import { swapHeaderBytes } from '../../imaging/disk-signature.ts'
import { type Extent, normalizeExtents, totalBytes } from '../../imaging/extents.ts'
import { type FoundArray, levelName } from '../../imaging/md-arrays.ts'
import { arrayMemberOf } from '../../imaging/md-members.ts'
import { formatBytes } from '../../imaging/plan-text.ts'
import type { DiskExtent } from '../../imaging/spaces.ts'
import { type FilesystemPlace, type Fitness, fitnessOf, mapOrBroken } from './fit-to-copy.ts'
import type { StackDeps } from './imaging-tools.ts'
import type { ArrayPlace, StackLeaf, StackPartition, StacksLook } from './look-at-stacks.ts'
import { untoldContent } from './unfit-content.ts'

/** Of one partition, from its beginning. */
export interface StackUse {
  readonly content: 'md' | 'lvm' | 'raw'
  readonly used: readonly Extent[]
  readonly notes: readonly string[]
  readonly broken?: string
  readonly member?: ArrayMember
}

/** Refuses before a block is read what is inside and cannot be told, is not clean or not whole, unless the job says to take it. */
export async function usedOfStacks(
  partitions: readonly StackPartition[],
  look: StacksLook,
  deps: StackDeps,
): Promise<ReadonlyMap<StackPartition, StackUse>> {
  const fitness = new Map<StackLeaf, Fitness>()
  for (const leaf of look.leaves) fitness.set(leaf, await judge(leaf, deps))
  const used: DiskExtent[] = [...look.own]
  const notes = new Map<StackPartition, string[]>()
  const broken = new Map<StackPartition, string[]>()
  for (const array of look.arrays) {
    const first = array.members.find((member) => member?.at.partition !== undefined)?.at.partition
    tell(notes, first ?? partitions[0], describeArray(array))
  }
  for (const leaf of look.leaves) {
    const { what, ranges, broken: words } = await usedOf(leaf, fitness.get(leaf)!, deps)
    const { name, space, on } = leaf
    used.push(...space.placesOf(ranges))
    tell(notes, on[0], `volume ${name}: ${what}, ${formatBytes(totalBytes(ranges))} of ${formatBytes(space.sizeBytes)} in use`)
    const found = fitness.get(leaf)!
    if (found.kind === 'fit' && found.note !== undefined) tell(notes, on[0], `volume ${name}: ${found.note}`)
    if (words !== undefined) for (const each of on) tell(broken, each, `${name}: ${words}`)
  }
  const members = new Map<StackPartition, ArrayMember>()
  for (const array of look.arrays) {
    for (const member of [...array.members, ...array.spares]) {
      const partition = member?.at.partition
      if (partition !== undefined) members.set(partition, await arrayMemberOf(array, member!, partition))
    }
  }
  return new Map(partitions.map((partition) => [partition, useOf(partition)]))

  function useOf(partition: StackPartition): StackUse {
    const whole = { offset: 0, length: partition.space.sizeBytes }
    const own = { notes: notes.get(partition) ?? [] }
    if (look.whole.has(partition)) return { ...own, content: 'raw', used: [whole] }
    const words = broken.get(partition)
    const member = members.get(partition)
    return {
      ...own,
      content: partition.kind,
      used: ownOf(partition, used),
      ...(words === undefined ? {} : { broken: words.join('; ') }),
      ...(member === undefined ? {} : { member }),
    }
  }
}

async function judge({ name, signature, head, space, wholeBecause }: StackLeaf, deps: StackDeps): Promise<Fitness> {
  if (wholeBecause !== undefined) return { kind: 'raw', reason: wholeBecause }
  if (signature.kind === 'known') {
    const check: FilesystemPlace['check'] = (mapped, depth) => deps.tools.checkFilesystemOf(space.device, mapped, depth, deps.run)
    return fitnessOf({ name, content: signature.content, head, sizeBytes: space.sizeBytes, check }, deps)
  }
  if (signature.kind !== 'blank' && !deps.includeUnknown)
    throw untoldContent({ name, head, sizeBytes: space.sizeBytes, signature, what: 'volume' })
  return { kind: 'fit' }
}

async function usedOf(
  { name, signature, head, space }: StackLeaf,
  fitness: Fitness,
  deps: StackDeps,
): Promise<{ what: string; ranges: readonly Extent[]; broken?: string | undefined }> {
  const whole = [{ offset: 0, length: space.sizeBytes }]
  const raw = ({ reason, broken }: { reason: string; broken?: string | undefined }) => ({
    what: `raw, because ${reason}`,
    ranges: whole,
    broken,
  })
  if (fitness.kind === 'raw') return raw(fitness)
  if (signature.kind !== 'known') return { what: 'raw', ranges: whole }
  const { content } = signature
  if (content === 'swap') return { what: content, ranges: [{ offset: 0, length: swapHeaderBytes(head) }] }
  const map = await mapOrBroken(() => deps.tools.usedExtentsOf(name, content, space, deps.run), deps)
  if (map.kind === 'raw') return raw(map)
  return {
    what: content,
    ranges: map.used.map((range) => ({ ...range, length: Math.min(range.length, space.sizeBytes - range.offset) })),
  }
}

function describeArray({ name, metadata, level, members, spares, layout, chunkBytes }: FoundArray<ArrayPlace>): string {
  const here = members.filter((member) => member !== undefined).length
  const chunks = level === 1 ? '' : `, chunks of ${formatBytes(chunkBytes)}`
  const lost =
    here === members.length ? '' : `; degraded: ${here} of ${members.length} members are there, and so it will be in a copy`
  const more = spares.length === 0 ? '' : `, ${spares.length} spare`
  return `array ${name}: ${levelName(level)}, md ${metadata}, ${members.length} members${more}${chunks}, ${formatBytes(layout.sizeBytes)}${lost}`
}

/** What of these places lies on a partition, from its beginning. */
function ownOf(partition: StackPartition, places: readonly DiskExtent[]): Extent[] {
  const [range] = partition.space.placesOf([{ offset: 0, length: partition.space.sizeBytes }])
  if (range === undefined) return []
  const own = places.filter(
    ({ disk, offset, length }) =>
      disk === partition.disk && offset < range.offset + range.length && offset + length > range.offset,
  )
  return normalizeExtents(own.map(({ offset, length }) => ({ offset: offset - range.offset, length })))
}

function tell(words: Map<StackPartition, string[]>, partition: StackPartition | undefined, line: string): void {
  if (partition !== undefined) words.set(partition, [...(words.get(partition) ?? []), line])
}
