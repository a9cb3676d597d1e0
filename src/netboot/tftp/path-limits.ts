// The largest block that fits through on the way to a client: what the interface can carry, and less where a router said so. Pure but for
// what it remembers and the look at the interface's MTU.
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'

/** IPv4 (20), UDP (8) and TFTP (4). */
const HEADERS_BYTES = 32
/**
 * What is tried next. Almost all tunnels carry 1280 bytes, as IPv6 asks of every link; RFC 791 asks for 576. Which MTU a router told, the
 * kernel keeps for itself.
 */
const SMALLER_BLOCKS = [1280 - HEADERS_BYTES, 512]
/** As long as the kernel remembers the MTU of a path. */
const KEPT_MS = 600_000
const MAX_PATHS = 1000
const LOOK_AGAIN_MS = 10_000

export class PathLimits {
  readonly #narrow = new Map<string, { readonly blockBytes: number; readonly until: number }>()
  readonly #ownMtu: () => number
  #own = { mtu: Number.NaN, until: Number.NEGATIVE_INFINITY }

  /** ownMtu: of the interface by which we send; NaN when nobody knows. */
  constructor(ownMtu: () => number) {
    this.#ownMtu = ownMtu
  }

  /** sentBlockBytes: what did not fit through. */
  noteTooNarrow(address: string, sentBlockBytes: number, now: number): void {
    const blockBytes = SMALLER_BLOCKS.find((bytes) => bytes < sentBlockBytes) ?? SMALLER_BLOCKS.at(-1)!
    this.#narrow.delete(address)
    this.#narrow.set(address, { blockBytes, until: now + KEPT_MS })
    const [oldest] = this.#narrow.keys()
    if (this.#narrow.size > MAX_PATHS) this.#narrow.delete(oldest!)
  }

  /** Infinity: nothing speaks against any size. */
  maxBlockBytes(address: string, now: number): number {
    if (now >= this.#own.until) this.#own = { mtu: this.#ownMtu(), until: now + LOOK_AGAIN_MS }
    const known = this.#narrow.get(address)
    const wayBytes = known === undefined || known.until < now ? Number.POSITIVE_INFINITY : known.blockBytes
    // From 1500 on larger blocks than fit are the administrator's wish.
    return this.#own.mtu < 1500 ? Math.min(wayBytes, Math.max(512, this.#own.mtu - HEADERS_BYTES)) : wayBytes
  }
}

/** Of the interface that has this address; NaN when none has it. */
export function interfaceMtu(address: string): number {
  const [name] = Object.entries(networkInterfaces()).find(([, all]) => all?.some((one) => one.address === address)) ?? []
  try {
    return name === undefined ? Number.NaN : Number(readFileSync(`/sys/class/net/${name.split(':')[0]}/mtu`, 'utf8'))
  } catch {
    return Number.NaN
  }
}
