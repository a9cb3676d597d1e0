// Whether a disk may be overwritten: does it hold data that this system did not put there? Pure.
import { AppError } from '../contract/errors.ts'

/** What a look at a disk found. */
export interface DiskFindings {
  /** Id of its partition table, when it has one. */
  readonly tableId: string | undefined
  /** What is on it, in words: "a GUID partition table with 3 partitions", "an ext filesystem on partition 2". Empty: blank. */
  readonly found: readonly string[]
}

export interface EraseConsent {
  readonly eraseForeignData: boolean
  /** Table ids that this system wrote. */
  readonly knownTableIds: readonly string[]
}

export type DiskOwnership = 'blank' | 'ours' | 'foreign'

export function ownershipOf({ tableId, found }: DiskFindings, knownTableIds: readonly string[]): DiskOwnership {
  if (tableId !== undefined && knownTableIds.some((id) => isSame(plain(id), plain(tableId)))) return 'ours'
  return found.length === 0 ? 'blank' : 'foreign'
}

/** An MBR has room for the first 32 bits of an id only. */
const isSame = (known: string, found: string): boolean => known === found || (found.length === 8 && known.startsWith(`${found}-`))

/** Tools write the id of an MBR table with 0x in front. */
const plain = (id: string): string => id.toLowerCase().replace(/^0x/, '')

/** Throws AGENT_DISK_HAS_DATA for a foreign disk without consent; to be called before the first write. */
export function refuseForeignDisk(devicePath: string, findings: DiskFindings, consent: EraseConsent): DiskOwnership {
  const ownership = ownershipOf(findings, consent.knownTableIds)
  if (ownership === 'foreign' && !consent.eraseForeignData) {
    throw new AppError(
      'AGENT_DISK_HAS_DATA',
      `${devicePath} holds data that this system did not put there: ${findings.found.join(', ')}`,
      'Look at the disk; if it may be erased, post the job again with --erase-foreign-data.',
    )
  }
  return ownership
}
