// Which disk a hint names: exactly one, or an error that lists what is there. Pure.
import { AppError } from '../contract/errors.ts'
import type { Disk, DiskHint } from '../contract/inventory.ts'

export function chooseDisk(hint: DiskHint, disks: readonly Disk[]): Disk {
  const matching = disks.filter((disk) => !disk.isReadOnly && matches(hint, disk))
  if (matching.length === 0) throw notMatched('no disk', hint, disks)
  switch (hint.pick ?? 'only') {
    case 'only':
      return soleOf(matching, hint, disks)
    case 'smallest':
      return soleOf(withSize(matching, Math.min(...matching.map((disk) => disk.sizeBytes))), hint, disks)
    case 'largest':
      return soleOf(withSize(matching, Math.max(...matching.map((disk) => disk.sizeBytes))), hint, disks)
  }
}

/** One disk for each hint, in their order, and no disk twice. */
export function chooseDisks(hints: readonly DiskHint[], disks: readonly Disk[]): Disk[] {
  const chosen: Disk[] = []
  for (const hint of hints) {
    const disk = chooseDisk(hint, disks)
    if (chosen.includes(disk)) throw notMatched('a disk that another hint of this job matches,', hint, disks)
    chosen.push(disk)
  }
  return chosen
}

function matches(hint: DiskHint, disk: Disk): boolean {
  if (hint.serial !== undefined && hint.serial !== disk.serial) return false
  if (hint.wwn !== undefined && plainWwn(hint.wwn) !== plainWwn(disk.wwn)) return false
  if (hint.model !== undefined && hint.model !== disk.model) return false
  if (hint.byPath !== undefined && hint.byPath !== disk.byPath) return false
  if (hint.minSizeBytes !== undefined && disk.sizeBytes < hint.minSizeBytes) return false
  if (hint.maxSizeBytes !== undefined && disk.sizeBytes > hint.maxSizeBytes) return false
  // A stick or card reader is nobody's "only disk": it is taken only when it is called by name.
  const isNamed = hint.serial !== undefined || hint.wwn !== undefined || hint.byPath !== undefined
  return !disk.isRemovable || isNamed
}

/** The kernel writes naa.5000c500a1b2c3d4, udev 0x5000c500a1b2c3d4, a label often 5000C500A1B2C3D4. */
const plainWwn = (wwn: string | undefined): string | undefined => wwn?.toLowerCase().replace(/^(naa\.|eui\.|0x)/, '')

const withSize = (disks: readonly Disk[], sizeBytes: number): Disk[] => disks.filter((disk) => disk.sizeBytes === sizeBytes)

function soleOf(matching: readonly Disk[], hint: DiskHint, disks: readonly Disk[]): Disk {
  if (matching.length !== 1) throw notMatched(`${matching.length} disks`, hint, disks)
  return matching[0]!
}

function notMatched(count: string, hint: DiskHint, disks: readonly Disk[]): AppError {
  const there = disks.length === 0 ? 'none' : disks.map(describeDisk).join('; ')
  return new AppError(
    'AGENT_DISK_NOT_MATCHED',
    `the hint ${JSON.stringify(hint)} matches ${count} where it must match one; disks of this machine: ${there}`,
    'Give the job a hint that names one disk, for instance its serial: `platen node show` lists them.',
  )
}

/** One disk in a few words, as logs and messages show it. */
export function describeDisk(disk: Disk): string {
  const words = [disk.devicePath, `${disk.sizeBytes} bytes`]
  if (disk.serial !== undefined) words.push(`serial ${disk.serial}`)
  if (disk.wwn !== undefined) words.push(`wwn ${disk.wwn}`)
  if (disk.model !== undefined) words.push(`model ${disk.model}`)
  if (disk.byPath !== undefined) words.push(disk.byPath)
  if (disk.isRemovable) words.push('removable')
  if (disk.isReadOnly) words.push('read-only')
  return words.join(', ')
}
