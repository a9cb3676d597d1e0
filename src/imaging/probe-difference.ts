// What the system's prober says of a copy, beside what it said of the source. Pure.
import type { Probed, ProbedValues } from '../contract/probed.ts'

export interface ProbeQuestion {
  readonly probed: Probed
  readonly now: Probed
  /** The copy has a table id of its own. */
  readonly hasNewIds: boolean
}

/** Every prober knows these; the rest depends on its version. */
const KNOWN_TO_ALL = ['TYPE', 'UUID', 'PTTYPE', 'PTUUID']

/** A line for each partition (0: the disk) of which it says something else; empty: none. */
export function probeDifferences({ probed, now, hasNewIds }: ProbeQuestion): string[] {
  const isSameProber = probed.by === now.by
  return probed.found.flatMap(({ number, values }) => {
    const other = now.found.find((one) => one.number === number)?.values ?? {}
    const keys = [...new Set([...Object.keys(values), ...Object.keys(other)])]
      .filter((key) => !(hasNewIds && key === 'PTUUID'))
      // Another version may know more or less: only what both name is compared.
      .filter((key) => isSameProber || (KNOWN_TO_ALL.includes(key) && values[key] !== undefined && other[key] !== undefined))
    if (keys.every((key) => values[key] === other[key])) return []
    return [`${number === 0 ? 'the disk' : `partition ${number}`} is ${words(other)}, at capture it was ${words(values)}`]
  })
}

const words = (values: ProbedValues): string =>
  Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(' ') || 'nothing that is known'
