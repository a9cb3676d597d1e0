// RAID 0: stripes over all members, and over those that are left where the smaller ones end (zones). Pure. (Linux: raid0.c.)
import type { MdLayout, MdShape } from './md-layout.ts'

/** Members of several sizes: kernels before 3.14 and later ones count chunks differently from the second zone on; the superblock says which. */
const ORIGINAL = 1
const ALTERNATE = 2

interface Zone {
  /** In the array, and on each of its members. */
  readonly startBytes: number
  readonly memberStartBytes: number
  readonly sizeBytes: number
  readonly members: readonly number[]
}

export function raid0Of({ layout, chunkBytes, memberBytes }: MdShape): MdLayout | string {
  const zones = zonesOf(memberBytes.map((bytes) => Math.floor(bytes / chunkBytes) * chunkBytes))
  const last = zones.at(-1)
  if (last === undefined) return 'its members are smaller than a chunk'
  if (zones.length > 1 && layout !== ORIGINAL && layout !== ALTERNATE)
    return 'its members have several sizes, and its superblock does not say how they are striped'
  return {
    sizeBytes: last.startBytes + last.sizeBytes,
    spareCount: 0,
    hasParity: false,
    runAt(offset, length) {
      const zone = zones.findLast(({ startBytes }) => offset >= startBytes)!
      const inZone = offset - zone.startBytes
      const chunk = Math.floor(inZone / chunkBytes)
      const counted = layout === ORIGINAL ? Math.floor(offset / chunkBytes) : chunk
      const inChunk = inZone % chunkBytes
      const member = zone.members[counted % zone.members.length]!
      const row = Math.floor(chunk / zone.members.length)
      return {
        length: Math.min(length, chunkBytes - inChunk),
        copies: [{ member, offset: zone.memberStartBytes + row * chunkBytes + inChunk }],
      }
    },
  }
}

function zonesOf(memberBytes: readonly number[]): Zone[] {
  const zones: Zone[] = []
  const ends = [...new Set(memberBytes)].sort((a, b) => a - b)
  let memberStartBytes = 0
  let startBytes = 0
  for (const end of ends) {
    const members = memberBytes.flatMap((bytes, member) => (bytes > memberStartBytes ? [member] : []))
    const sizeBytes = (end - memberStartBytes) * members.length
    if (sizeBytes > 0) zones.push({ startBytes, memberStartBytes, sizeBytes, members })
    memberStartBytes = end
    startBytes += sizeBytes
  }
  return zones
}
