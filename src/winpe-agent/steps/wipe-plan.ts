// By what a disk is wiped: what its kind does best, or what a person asked for, when it can. Pure.
import { AppError } from '../../contract/errors.ts'
import type { Disk } from '../../contract/inventory.ts'
import type { WipeMethod } from '../../contract/wipe.ts'
import { describeDisk } from '../../imaging/choose-disk.ts'

/** What the drive and the system say that can be done with it. */
export interface WipeAbilities {
  readonly bus: 'nvme' | 'ata' | 'virtual' | 'other'
  /** Those that are there, in no order; overwrite always is. */
  readonly methods: readonly WipeMethod[]
  /** Why others are not: "security is frozen by the firmware". */
  readonly notes: readonly string[]
}

/** The first that the disk can do. A discard counts where the disk is thin: elsewhere it says nothing of where the bytes went. */
const ORDER: Readonly<Record<WipeAbilities['bus'], readonly WipeMethod[]>> = {
  nvme: ['nvme-sanitize-block', 'nvme-sanitize-crypto', 'nvme-format', 'nvme-format-crypto', 'overwrite'],
  ata: ['ata-secure-erase-enhanced', 'ata-secure-erase', 'overwrite'],
  virtual: ['discard', 'overwrite'],
  other: ['overwrite'],
}

/** Throws AGENT_WIPE_IMPOSSIBLE: it was asked for what this disk cannot. */
export function chooseMethod(disk: Disk, { bus, methods, notes }: WipeAbilities, asked: WipeMethod | undefined): WipeMethod {
  const able: readonly WipeMethod[] = [...methods, 'overwrite']
  if (asked === undefined) return ORDER[bus].find((method) => able.includes(method)) ?? 'overwrite'
  if (able.includes(asked)) return asked
  throw new AppError(
    'AGENT_WIPE_IMPOSSIBLE',
    `${disk.devicePath} cannot be wiped by ${asked}; it can do ${able.join(', ')}${notes.length === 0 ? '' : `; ${notes.join('; ')}`}`,
    'Leave out --method: the best that the disk can is taken then.',
  )
}

export function describeWipe(
  disk: Disk,
  abilities: WipeAbilities,
  method: WipeMethod,
  found: readonly string[],
  samples: number,
): string[] {
  return [
    `plan for ${describeDisk(disk)}`,
    `  it holds ${found.join(', ') || 'nothing'}`,
    `  it can be wiped by ${[...abilities.methods, 'overwrite'].join(', ')}`,
    ...abilities.notes.map((note) => `  ${note}`),
    `  it will be wiped by ${method}, and read back at ${samples} places`,
  ]
}
