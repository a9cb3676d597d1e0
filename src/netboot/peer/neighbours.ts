// Who has which address on our links, as the kernel knows it: /proc/net/arp and the addresses of our interfaces. Reads both.
import { createSocket } from 'node:dgram'
import { readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { contains, type Ipv4, networkOf, parseIpv4 } from '../dhcp/ipv4.ts'
import type { Neighbour } from '../token-standing.ts'

/** The port: asked once for each boot script and each new address of an agent. */
export interface NeighbourTable {
  /** address: IPv4 in dotted form. mac: the one that is expected, so that an older look that says so will do. Never fails. */
  at(address: string, mac: string): Promise<Neighbour>
}

/** A whole rack asks at once: one look serves all that ask within this time. */
const LOOK_MS = 250
const RESOLVE_TRIES = 3
const RESOLVE_MS = 60
const DISCARD_PORT = 9
const COMPLETE = 2

export class KernelNeighbours implements NeighbourTable {
  readonly #read: () => Promise<string>
  #look: { readonly at: number; readonly table: Promise<ReadonlyMap<string, string>> } | undefined

  /** read: the text of the table; left out, that of this kernel. */
  constructor(read: () => Promise<string> = () => readFile('/proc/net/arp', 'utf8')) {
    this.#read = read
  }

  async at(address: string, mac: string): Promise<Neighbour> {
    if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return { kind: 'routed' }
    const place = placeOf(parseIpv4(address), ownNetworks())
    if (place !== 'on-link') return { kind: place }
    const known = (await this.#table(LOOK_MS)).get(address)
    if (known === mac) return { kind: 'on-link', mac }
    return { kind: 'on-link', mac: await this.#lookAnew(address) }
  }

  /** A datagram makes the kernel ask for whoever it has not heard of: somebody who spoke to us by UDP alone. */
  async #lookAnew(address: string): Promise<string | undefined> {
    for (let tries = RESOLVE_TRIES; ; tries--) {
      const found = (await this.#table(0)).get(address)
      if (found !== undefined || tries === 0) return found
      await nudge(address)
      await pause(RESOLVE_MS)
    }
  }

  #table(maxAgeMs: number): Promise<ReadonlyMap<string, string>> {
    const now = performance.now()
    if (this.#look !== undefined && now - this.#look.at < maxAgeMs) return this.#look.table
    const table = this.#read().then(parseNeighbours, () => new Map<string, string>())
    this.#look = { at: now, table }
    return table
  }
}

/** Address to MAC of the entries that are resolved (the columns of /proc/net/arp: address, type, flags, MAC, mask, device). */
export function parseNeighbours(text: string): ReadonlyMap<string, string> {
  const entries = text.split('\n').flatMap((line): [string, string][] => {
    const [address = '', , flags = '', mac = ''] = line.trim().split(/\s+/)
    return (Number(flags) & COMPLETE) !== 0 && mac !== '00:00:00:00:00:00' ? [[address, mac.toLowerCase()]] : []
  })
  return new Map(entries)
}

interface OwnNetwork {
  readonly address: Ipv4
  readonly prefixLength: number
}

export function placeOf(address: Ipv4, networks: readonly OwnNetwork[]): Neighbour['kind'] {
  if (address >>> 24 === 127 || networks.some((own) => own.address === address)) return 'ourselves'
  const isOnLink = networks.some((own) => contains(networkOf(own.address, own.prefixLength), address))
  return isOnLink ? 'on-link' : 'routed'
}

function ownNetworks(): readonly OwnNetwork[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.flatMap(({ family, address, cidr }) =>
      family === 'IPv4' ? [{ address: parseIpv4(address), prefixLength: Number(cidr?.split('/')[1] ?? 32) }] : [],
    ),
  )
}

function nudge(address: string): Promise<void> {
  const socket = createSocket('udp4')
  socket.on('error', () => undefined)
  return new Promise<void>((sent) => socket.send(new Uint8Array(0), DISCARD_PORT, address, () => sent())).finally(() =>
    socket.close(),
  )
}
