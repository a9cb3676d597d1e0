// What lies on several partitions or disks at once, or inside of something that does: arrays, volume groups, and one in the other, down to the
// filesystems. Only reads; nothing is started.
import { AppError } from '../../contract/errors.ts'
import { chooseReading } from '../../imaging/choose-reading.ts'
import { SIGNATURE_BYTES, type Signature, signatureOf } from '../../imaging/disk-signature.ts'
import { type Extent, normalizeExtents, subtractExtents } from '../../imaging/extents.ts'
import { partitionRanges } from '../../imaging/grow-plan.ts'
import { arrayOf, type FoundArray, type FoundMember, groupMembers } from '../../imaging/md-arrays.ts'
import { readMdBitmap } from '../../imaging/md-bitmap.ts'
import { readMdSuperblocks } from '../../imaging/md-superblock.ts'
import { blocksOf, isKept } from '../../imaging/outside.ts'
import { collectReadings } from '../../imaging/readings.ts'
import { type FoundSignature, HEAD_BYTES, signaturesIn, TAIL_BYTES } from '../../imaging/signatures.ts'
import { type DiskExtent, type Space, spaceOfArray, spaceOfPieces } from '../../imaging/spaces.ts'
import { leftBehind, lookAtGroup, lookAtPhysicalVolume, type PhysicalVolumeLook } from './look-at-group.ts'

/** A partition (number 0: the whole disk) that is a member of something. */
export interface StackPartition {
  readonly disk: number
  readonly number: number
  readonly kind: 'md' | 'lvm'
  readonly name: string
  readonly space: Space
}

export interface StackLeaf {
  /** "vg0/root", "the array box:0". */
  readonly name: string
  readonly space: Space
  readonly head: Buffer
  readonly signature: Signature
  /** Why all of it is taken as it is. */
  readonly wholeBecause: string | undefined
  /** Partitions that it lies on. */
  readonly on: readonly StackPartition[]
}

export interface StacksLook {
  readonly leaves: readonly StackLeaf[]
  readonly arrays: readonly FoundArray<ArrayPlace>[]
  /** Metadata of what is between the partitions and the leaves. */
  readonly own: readonly DiskExtent[]
  /** Those of which nothing more is told: all of them is taken as it is. */
  readonly whole: ReadonlySet<StackPartition>
}

export interface ArrayPlace {
  readonly space: Space
  /** undefined: the member is itself inside of something. */
  readonly partition: StackPartition | undefined
}

interface Unread {
  readonly name: string
  readonly space: Space
  /** Partitions that it lies on. */
  readonly on: readonly StackPartition[]
}

/** takesWhole: what cannot be put together is taken as it is, member by member. Throws IMAGE_MEMBERS_… and what volumes throw. */
export async function lookAtStacks(
  partitions: readonly StackPartition[],
  { takesWhole, sectorBytes }: { readonly takesWhole: boolean; readonly sectorBytes: 512 | 4096 },
): Promise<StacksLook> {
  const leaves: StackLeaf[] = []
  const arrays: FoundArray<ArrayPlace>[] = []
  const own: DiskExtent[] = []
  const whole = new Set<StackPartition>()
  let members: (FoundMember<ArrayPlace> & { readonly on: readonly StackPartition[] })[] = []
  let volumes: (PhysicalVolumeLook & { readonly on: readonly StackPartition[] })[] = []
  const unread: Unread[] = partitions.map((partition) => ({ ...partition, on: [partition] }))
  for (;;) {
    for (let next = unread.shift(); next !== undefined; next = unread.shift()) await read(next)
    if (members.length > 0) await putArraysTogether()
    else if (volumes.length > 0) await putGroupsTogether()
    else return { leaves, arrays, own, whole }
  }

  async function read({ name, space, on }: Unread): Promise<void> {
    const partition = on.find((each) => each.space === space)
    const { head, tail } = await endsOf(space)
    const found = signaturesIn({ sizeBytes: space.sizeBytes, head, tail })
    const superblocks = found.some(({ name: own }) => own.startsWith('md RAID'))
      ? await readMdSuperblocks((offset, length) => space.read(offset, length), space.sizeBytes)
      : []
    if (superblocks.length === 1) {
      members.push({ superblock: superblocks[0]!, name, at: { space, partition }, on })
      return
    }
    const volume = isVolumeGroups(found) ? await lookAtPhysicalVolume(name, space, head) : undefined
    if (volume !== undefined) {
      volumes.push({ ...volume, on })
      return
    }
    if (partition !== undefined) whole.add(partition)
    else await readInside({ name, space, on })
  }

  /** An array may be laid out like a disk. */
  async function readInside({ name, space, on }: Unread): Promise<void> {
    const readings = await collectReadings((offset, length) => space.read(offset, length), {
      sizeBytes: space.sizeBytes,
      sectorBytes,
    })
    const isLaidOut = readings.candidates.some(({ kind }) => kind === 'gpt' || kind === 'mbr')
    const table = isLaidOut ? chooseReading(readings, undefined, sectorBytes).table : ({ kind: 'none' } as const)
    if (table.kind === 'none') {
      leaves.push(await leafOf({ name, space, on, wholeBecause: undefined }))
      return
    }
    const ranges = partitionRanges(table, space.sizeBytes)
    const inside = normalizeExtents(ranges.map(({ startBytes, sizeBytes }) => ({ offset: startBytes, length: sizeBytes })))
    own.push(...space.placesOf(await notZero(space, subtractExtents([{ offset: 0, length: space.sizeBytes }], inside))))
    for (const { number, startBytes, sizeBytes } of ranges) {
      if (startBytes + sizeBytes > space.sizeBytes) throw reachesOut(name, number)
      const part = spaceOfPieces([{ space, offset: startBytes, length: sizeBytes }])
      await readPart({ name: `partition ${number} of ${name}`, space: part, on })
    }
  }

  async function readPart(part: Unread): Promise<void> {
    const { head, tail } = await endsOf(part.space)
    const found = signaturesIn({ sizeBytes: part.space.sizeBytes, head, tail })
    if (isVolumeGroups(found) || found.some(({ name }) => name.startsWith('md RAID'))) unread.push(part)
    else leaves.push(await leafOf({ ...part, wholeBecause: undefined }))
  }

  async function putArraysTogether(): Promise<void> {
    const all = members
    members = []
    for (const group of groupMembers(all)) {
      const on = [...new Set(group.flatMap((member) => (member as (typeof all)[number]).on))]
      await orWhole(on, async () => {
        const array = arrayOf(group)
        refuseNested(array)
        const name = `the array ${array.name}`
        const places = array.members.map(
          (member) => member && { space: member.at.space, offset: member.superblock.dataOffsetBytes },
        )
        for (const member of group) own.push(...(await metadataOf(member)))
        arrays.push(array)
        unread.push({ name, space: spaceOfArray(array.layout, places), on })
      })
    }
  }

  async function putGroupsTogether(): Promise<void> {
    const all = volumes
    volumes = []
    const groups = Map.groupBy(
      all.filter((each) => each.group !== undefined),
      ({ group }) => group!.id,
    )
    const named = new Set<string>()
    for (const looks of groups.values()) {
      const newest = looks.reduce((best, each) => (each.group!.sequence > best.group!.sequence ? each : best)).group!
      const ids = newest.physicalVolumes.map(({ id }) => id)
      for (const id of ids) named.add(id)
      const here = all.filter(({ id }) => ids.includes(id))
      const on = [...new Set([...here, ...looks].flatMap((look) => look.on))]
      await orWhole(on, async () => {
        // It was taken out of the group while it was away: nobody would miss it, and nothing of it would be in the image.
        const removed = looks.find(({ id }) => !ids.includes(id))
        if (removed !== undefined) throw leftBehind(newest, removed)
        const look = await lookAtGroup(here, newest, takesWhole)
        own.push(...look.own.flatMap(({ space, ranges }) => space.placesOf(ranges)))
        for (const volume of look.volumes) leaves.push(await leafOf({ ...volume, on }))
      })
    }
    for (const look of all.filter(({ id }) => !named.has(id))) await orWhole(look.on, async () => leaveAlone(look))
  }

  /** A physical volume that no group speaks of: it has its label, and nothing that anybody could name. */
  async function leaveAlone({ name, space, on, group }: (typeof volumes)[number]): Promise<void> {
    if (group === undefined) leaves.push(await leafOf({ name, space, on, wholeBecause: undefined }))
  }

  async function orWhole(on: readonly StackPartition[], work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!takesWhole || !(error instanceof AppError) || !error.code.startsWith('IMAGE_MEMBERS_')) throw error
      for (const partition of on) whole.add(partition)
    }
  }
}

/** With another signature beside it nobody knows which of the two is an earlier one. */
const isVolumeGroups = ([first, ...others]: readonly FoundSignature[]): boolean => first?.name === 'LVM' && others.length === 0

async function leafOf(volume: Omit<StackLeaf, 'head' | 'signature'>): Promise<StackLeaf> {
  const { head, tail } = await endsOf(volume.space)
  const found = signaturesIn({ sizeBytes: volume.space.sizeBytes, head, tail })
  return { ...volume, head: head.subarray(0, SIGNATURE_BYTES), signature: signatureOf(found, head) }
}

/** The write-intent bitmap, and of a member inside of something the superblock too: that of a partition is written apart, like a table. */
async function metadataOf({ superblock, at: { space, partition } }: FoundMember<ArrayPlace>): Promise<DiskExtent[]> {
  const bitmap = await readMdBitmap((offset, length) => space.read(offset, length), superblock)
  const ranges = bitmap === undefined ? [] : [bitmap.rest]
  if (partition !== undefined) return [...space.placesOf(ranges)]
  return [...space.placesOf([superblock.place, ...(bitmap === undefined ? [] : [bitmap.first]), ...ranges])]
}

async function endsOf({ sizeBytes, read }: Space): Promise<{ readonly head: Buffer; readonly tail: Buffer }> {
  const tailBytes = Math.min(TAIL_BYTES, sizeBytes)
  return { head: await read(0, Math.min(HEAD_BYTES, sizeBytes)), tail: await read(sizeBytes - tailBytes, tailBytes) }
}

async function notZero(space: Space, ranges: readonly Extent[]): Promise<Extent[]> {
  const kept: Extent[] = []
  for (const block of blocksOf(ranges)) if (isKept(await space.read(block.offset, block.length))) kept.push(block)
  return normalizeExtents(kept)
}

/** Its superblock would have to say that the members are to be made equal, and only those of partitions are written apart. */
function refuseNested({ layout, members, name }: FoundArray<ArrayPlace>): void {
  const inner = members.find((member) => member !== undefined && member.at.partition === undefined)
  if (inner === undefined || !layout.hasParity) return
  throw new AppError(
    'IMAGE_MEMBERS_UNSUPPORTED',
    `the array ${name} has a parity, and its member ${inner.name} is itself inside of something`,
    'Post the job again with --include-unknown to copy every member of all of it whole, byte by byte.',
  )
}

function reachesOut(name: string, number: number): AppError {
  return new AppError(
    'IMAGE_DISK_CUT_OFF',
    `partition ${number} of ${name} ends behind the end of it`,
    'The array was made smaller than what is laid out on it: `sfdisk --verify` tells what is wrong.',
  )
}
