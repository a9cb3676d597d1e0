// Whether a disk holds something that this system did not put there. Pure: what the disk shows in, a reason out.

export interface DiskContent {
  /** GPT disk GUID or MBR signature as tools print it; undefined when the disk has no table. */
  readonly tableId: string | undefined
  readonly partitionCount: number
  /** What blkid or wipefs finds on the disk and in its partitions: gpt, ext4, LVM2_member. */
  readonly signatures: readonly string[]
}

export interface Consent {
  readonly eraseForeignData: boolean
  readonly knownTableIds: readonly string[]
}

/** undefined: may be written. Else what is on it, in words for the message of AGENT_DISK_HAS_DATA. */
export function foreignDataOn(content: DiskContent, consent: Consent): string | undefined {
  if (consent.eraseForeignData) return undefined
  if (content.partitionCount === 0 && content.signatures.length === 0) return undefined
  const tableId = content.tableId?.toLowerCase()
  if (tableId !== undefined && consent.knownTableIds.some((known) => known.toLowerCase() === tableId)) return undefined
  return describe(content)
}

function describe({ tableId, partitionCount, signatures }: DiskContent): string {
  const table = tableId === undefined ? 'no partition table of ours' : `partition table ${tableId}`
  const found = signatures.length === 0 ? '' : `: ${[...new Set(signatures)].join(', ')}`
  return `${table}, ${partitionCount} partition${partitionCount === 1 ? '' : 's'}${found}`
}
