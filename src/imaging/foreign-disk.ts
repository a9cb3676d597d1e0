// Whether a disk may be overwritten: does it hold data that this system did not put there? Pure.
import { AppError } from '../contract/errors.ts'
import { isIdentity } from './disk-identity.ts'
import type { Extent } from './extents.ts'

/** What a look at a disk found. */
export interface DiskFindings {
  /** Id of its partition table, when it has one. */
  readonly tableId: string | undefined
  /** What is on it, in words: "a GUID partition table with 3 partitions", "an ext filesystem on partition 2". Empty: blank. */
  readonly found: readonly string[]
  /** Where on the disk signatures stand, as the system's own tools find them. */
  readonly signatures?: readonly Extent[]
}

export interface EraseConsent {
  readonly eraseForeignData: boolean
  /** Table ids that this system made up and wrote: on no other disk. */
  readonly knownTableIds: readonly string[]
  /** Ids out of images: whoever has such an image may have written them. Alone they prove nothing. */
  readonly sharedTableIds?: readonly string[]
  /**
   * Something beside its id says that this system wrote this very disk: its serial is among those that the node was given images on
   * (disk-identity.ts), or it carries a signed record.
   */
  readonly hasSecondSign?: boolean
  /** It carries the record of a deploy that the appliance signed for this disk, node and table: enough without any id. */
  readonly hasGoodRecord?: boolean
}

export type DiskOwnership = 'blank' | 'ours' | 'foreign'

export function ownershipOf(
  { tableId, found }: DiskFindings,
  knownTableIds: readonly string[],
  {
    sharedTableIds = [],
    hasSecondSign = false,
    hasGoodRecord = false,
  }: Pick<EraseConsent, 'sharedTableIds' | 'hasSecondSign' | 'hasGoodRecord'> = {},
): DiskOwnership {
  if (hasGoodRecord) return 'ours'
  if (tableId !== undefined && isIdentity(plain(tableId))) {
    const proof = hasSecondSign ? [...knownTableIds, ...sharedTableIds] : knownTableIds
    if (proof.some((id) => isIdentity(plain(id)) && isSame(plain(id), plain(tableId)))) return 'ours'
  }
  return found.length === 0 ? 'blank' : 'foreign'
}

/** An MBR has room for the first 32 bits of an id only. */
const isSame = (known: string, found: string): boolean => known === found || (found.length === 8 && known.startsWith(`${found}-`))

/** Tools write the id of an MBR table with 0x in front. */
const plain = (id: string): string => id.toLowerCase().replace(/^0x/, '')

/** Throws AGENT_DISK_HAS_DATA for a foreign disk without consent; to be called before the first write. */
export function refuseForeignDisk(devicePath: string, findings: DiskFindings, consent: EraseConsent): DiskOwnership {
  const ownership = ownershipOf(findings, consent.knownTableIds, consent)
  if (ownership === 'foreign' && !consent.eraseForeignData) {
    throw new AppError(
      'AGENT_DISK_HAS_DATA',
      `${devicePath} holds data that this system did not put there: ${findings.found.join(', ')}${withoutProof(findings, consent)}`,
      'Look at the disk; if it may be erased, post the job again with --erase-foreign-data.',
    )
  }
  return ownership
}

function withoutProof({ tableId }: DiskFindings, { knownTableIds, sharedTableIds = [] }: EraseConsent): string {
  if (tableId === undefined) return ''
  if (!isIdentity(plain(tableId))) return `; its id ${tableId} is none, many disks have it`
  const isShared = ownershipOf({ tableId, found: [] }, [...knownTableIds, ...sharedTableIds]) === 'ours'
  return isShared ? `; its id ${tableId} is that of an image, but nothing says that this system wrote it to this very disk` : ''
}
