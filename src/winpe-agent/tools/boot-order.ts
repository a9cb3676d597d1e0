// The UEFI boot order as efibootmgr prints it, and what it should be. Pure: text in, numbers out.

export interface BootOrder {
  /** Entry that this boot came from. */
  readonly current: string
  readonly order: readonly string[]
}

export function parseBootOrder(text: string): BootOrder | undefined {
  const current = /^BootCurrent: ([0-9A-F]{4})$/im.exec(text)?.[1]
  const order = /^BootOrder: ([0-9A-F]{4}(?:,[0-9A-F]{4})*)$/im.exec(text)?.[1]
  return current === undefined || order === undefined ? undefined : { current, order: order.split(',') }
}

/** This boot came over the network, so its entry belongs first; undefined when it is there already. */
export function networkFirst({ current, order }: BootOrder): readonly string[] | undefined {
  if (order[0] === current) return undefined
  return [current, ...order.filter((entry) => entry !== current)]
}
