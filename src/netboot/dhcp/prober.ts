// Asks the network whether somebody holds an address before it is first offered (RFC 2131 §3.1 step 2).
// A small stock of probed addresses is kept ready, so that no machine waits for its own probe.
import { createSocket } from 'node:dgram'
import { readFile } from 'node:fs/promises'
import { formatIpv4, type Ipv4 } from './ipv4.ts'
import type { LeaseTable } from './lease-table.ts'

/** true: somebody answers for the address. */
export type AddressProbe = (address: Ipv4) => Promise<boolean>

export interface ProberDeps {
  readonly probe: AddressProbe
  readonly onInUse: (address: Ipv4) => void
  /** The stock has something again. */
  readonly onStocked: () => void
}

const STOCK = 64

export class Prober {
  #table: LeaseTable
  #deps: ProberDeps
  #filling: Promise<void> | undefined
  #isStopped = false

  constructor(table: LeaseTable, deps: ProberDeps) {
    this.#table = table
    this.#deps = deps
  }

  /** May be called at any time, as often as one likes; returns at once. */
  refill(): void {
    if (!this.#table.subnet.probesAddresses || this.#isStopped) return
    if (this.#table.provenCount > STOCK / 2) return
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined
    })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#filling
  }

  async #fill(): Promise<void> {
    while (!this.#isStopped && this.#table.provenCount < STOCK) {
      const batch = this.#takeBatch(STOCK - this.#table.provenCount)
      if (batch.length === 0) return
      await Promise.all(batch.map((address) => this.#examine(address)))
      this.#deps.onStocked()
    }
  }

  #takeBatch(count: number): Ipv4[] {
    const batch: Ipv4[] = []
    for (let address = this.#table.takeFresh(); address !== undefined; address = this.#table.takeFresh()) {
      batch.push(address)
      if (batch.length === count) break
    }
    return batch
  }

  async #examine(address: Ipv4): Promise<void> {
    if (await this.#deps.probe(address)) this.#deps.onInUse(address)
    else this.#table.addProven(address)
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
  const neighbours = await readFile('/proc/net/arp', 'utf8').catch(() => '')
  return neighbours.split('\n').some((line) => {
    const [ip, , flags] = line.split(/\s+/)
    return ip === host && (Number(flags) & COMPLETE) !== 0
  })
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
