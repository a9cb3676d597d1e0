// Where each byte of an md array lies on its members, by level and layout. Pure. (Linux: raid0.c, raid10.c, raid5.c; documented in md(4).)
import type { Extent } from './extents.ts'
import { parityOf } from './md-parity.ts'
import { raid0Of } from './md-raid0.ts'
import { raid10Of } from './md-raid10.ts'

/** What of an array decides it; all in bytes, those of members from where their data begins. */
export interface MdShape {
  readonly level: number
  readonly layout: number
  readonly chunkBytes: number
  /** How much each member gives, in the order of their places. */
  readonly memberBytes: readonly number[]
}

/** A run of bytes of the array. */
export interface MdRun {
  readonly length: number
  /** Where it lies; several are copies of each other. */
  readonly copies: readonly MdPlace[]
  /** What the bytes of one lost member are computed of, by exclusive or: all others of its row. undefined: nothing can. */
  readonly rest?: readonly MdPlace[]
}

export interface MdPlace {
  readonly member: number
  readonly offset: number
}

export interface MdLayout {
  readonly sizeBytes: number
  /** How many members may be missing. */
  readonly spareCount: number
  /** Whether what is not in use has to fit together as well, because members are computed of one another. */
  readonly hasParity: boolean
  /** The first run of the array from this byte on, no longer than this. */
  runAt(offset: number, length: number): MdRun
  /** What of each member belongs to these bytes of the array: copies, and with parity whole rows. Both lists in order. */
  rowsOf?(ranges: readonly Extent[]): readonly Extent[]
}

/** A string: why there is none. */
export function mdLayoutOf(shape: MdShape): MdLayout | string {
  const { level, memberBytes, chunkBytes } = shape
  const least = Math.min(...memberBytes)
  if (memberBytes.length === 0 || !(least > 0)) return 'its members have no size'
  if (level === 1) return mirrorOf(memberBytes.length, least)
  if (chunkBytes < 4096 || chunkBytes % 4096 !== 0) return `its chunks have ${chunkBytes} bytes`
  switch (level) {
    case 0:
      return raid0Of(shape)
    case 4:
    case 5:
    case 6:
      return parityOf(shape)
    case 10:
      return raid10Of(shape)
    default:
      return `it is of level ${LEVEL_NAMES[level] ?? level}`
  }
}

const LEVEL_NAMES: Readonly<Record<number, string>> = {
  [-1]: 'linear',
  [-4]: 'multipath',
  [-5]: 'faulty',
  [-10]: 'container',
}

function mirrorOf(members: number, sizeBytes: number): MdLayout {
  return {
    sizeBytes,
    spareCount: members - 1,
    hasParity: false,
    runAt: (offset, length) => ({ length, copies: Array.from({ length: members }, (_, member) => ({ member, offset })) }),
  }
}
