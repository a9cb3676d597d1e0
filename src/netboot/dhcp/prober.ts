// Asks the network whether somebody holds an address before it is first offered (RFC 2131 §3.1 step 2).
// A small stock of probed addresses is kept ready, so that no machine waits for its own probe.
import { createSocket } from 'node:dgram'
import { readFile } from 'node:fs/promises'
import { formatIpv4, type Ipv4 } from './ipv4.ts'
import type { Lease, LeaseTable } from './lease-table.ts'

/** true: somebody answers for the address. */
export type AddressProbe = (address: Ipv4) => Promise<boolean>

export interface ProberDeps {
  readonly probe: AddressProbe
  /** Milliseconds of lease time. */
  readonly now: () => number
  readonly onInUse: (lease: Lease) => void
  /** The stock has something again. */
  readonly onStocked: () => void
}

const STOCK = 64
/** While more machines ask than the stock has. Each takes a socket for half a second. */
const MAX_STOCK = 512

export class Prober {
  #table: LeaseTable
  #deps: ProberDeps
  #filling: Promise<void> | undefined
  #wanted = STOCK
  #isStopped = false

  constructor(table: LeaseTable, deps: ProberDeps) {
    this.#table = table
    this.#deps = deps
  }

  /** May be called at any time, as often as one likes; returns at once. */
  refill(): void {
    if (!this.#table.subnet.probesAddresses || this.#isStopped || this.#filling !== undefined) return
    if (this.#table.provenCount > STOCK / 2) return
    this.#wanted = STOCK
    this.#filling = this.#fill().finally(() => {
      this.#filling = undefined
    })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#filling
  }

  async #fill(): Promise<void> {
    while (!this.#isStopped && this.#table.provenCount < this.#wanted) {
      const batch = this.#takeBatch(this.#wanted - this.#table.provenCount)
      if (batch.length === 0) return
      await Promise.all(batch.map((address) => this.#examine(address)))
      this.#deps.onStocked()
      if (this.#table.provenCount === 0) this.#wanted = Math.min(MAX_STOCK, this.#wanted * 2)
    }
  }

  #takeBatch(count: number): Ipv4[] {
    const batch: Ipv4[] = []
    while (batch.length < count) {
      const address = this.#table.takeToProbe(this.#deps.now())
      if (address === undefined) break
      batch.push(address)
    }
    return batch
  }

  async #examine(address: Ipv4): Promise<void> {
    const isInUse = await this.#deps.probe(address)
    if (!isInUse) return this.#table.addProven(address, this.#deps.now())
    const lease = this.#table.setInUse(address, this.#deps.now())
    if (lease !== undefined) this.#deps.onInUse(lease)
  }
}

const PROBE_PORT = 33434
const PROBE_MS = 500
const COMPLETE = 2

/**
 * Sends an empty datagram to a port where nobody listens. The kernel asks for the address by ARP first, which even a host behind
 * a firewall answers; where a router stands between, the refusal of the port tells. Needs neither raw socket nor ping.
 */
export async function probeByUdp(address: Ipv4): Promise<boolean> {
  const host = formatIpv4(address)
  if (await isRefused(host)) return true
  readingNeighbours ??= neighbours().finally(() => {
    readingNeighbours = undefined
  })
  return (await readingNeighbours).has(host)
}

/** One look for all probes that end at the same time. */
let readingNeighbours: Promise<ReadonlySet<string>> | undefined

/** Who answered ARP. */
async function neighbours(): Promise<ReadonlySet<string>> {
  const table = await readFile('/proc/net/arp', 'utf8').catch(() => '')
  const rows = table.split('\n').map((line) => line.split(/\s+/))
  return new Set(rows.filter(([, , flags]) => (Number(flags) & COMPLETE) !== 0).map(([ip = '']) => ip))
}

function isRefused(host: string): Promise<boolean> {
  const socket = createSocket('udp4')
  return new Promise<boolean>((answered) => {
    const timer = setTimeout(() => answered(false), PROBE_MS)
    socket.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      answered(error.code === 'ECONNREFUSED')
    })
    socket.once('message', () => answered(true))
    socket.connect(PROBE_PORT, host, () => socket.send(Buffer.alloc(0), () => {}))
  }).finally(() => socket.close())
}
