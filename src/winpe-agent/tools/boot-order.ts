// The UEFI boot order as efibootmgr prints it, and what it should be. Pure: text in, numbers out.

export interface BootOrder {
  /** Entry that this boot came from. */
  readonly current: string
  readonly order: readonly string[]
}

export interface BootEntry {
  readonly number: string
  readonly label: string
  /** Unique id of the partition that it starts from, in lower case; undefined when it names none. */
  readonly partitionGuid: string | undefined
}

export function parseBootOrder(text: string): BootOrder | undefined {
  const current = /^BootCurrent: ([0-9A-F]{4})$/im.exec(text)?.[1]
  const order = /^BootOrder: ([0-9A-F]{4}(?:,[0-9A-F]{4})*)$/im.exec(text)?.[1]
  return current === undefined || order === undefined ? undefined : { current, order: order.split(',') }
}

/** Inactive entries (without the asterisk) are left out. The device path is there with --verbose, or always, by version. */
export function parseBootEntries(text: string): readonly BootEntry[] {
  return [...text.matchAll(/^Boot([0-9A-F]{4})\* ([^\t\n]*)(?:\t(.*))?$/gim)].map(([, number, label, path = '']) => ({
    number: number!,
    label: label!.trim(),
    partitionGuid: /HD\(\d+,GPT,([0-9a-f-]{36})/i.exec(path)?.[1]?.toLowerCase(),
  }))
}

/** This boot came over the network, so its entry belongs first; undefined when it is there already. */
export function networkFirst({ current, order }: BootOrder): readonly string[] | undefined {
  if (order[0] === current) return undefined
  return [current, ...order.filter((entry) => entry !== current)]
}

/** The entry that starts from one of these partitions: as the order has them, then those outside of it. */
export function entryOf(
  partitionGuids: readonly string[],
  entries: readonly BootEntry[],
  order: readonly string[],
): BootEntry | undefined {
  const rank = ({ number }: BootEntry) => (order.includes(number) ? order.indexOf(number) : order.length)
  return entries
    .filter(({ partitionGuid }) => partitionGuid !== undefined && partitionGuids.includes(partitionGuid))
    .sort((left, right) => rank(left) - rank(right))[0]
}
