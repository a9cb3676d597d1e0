// One network that addresses are handed out on, made ready from its configuration, which check-config.ts found good. Pure.
import type { NetbootReservation, NetbootSubnet } from '../config.ts'
import { broadcastOf, type Ipv4, ipv4Bytes, maskOf, type Network, parseIpv4, parseNetwork } from './ipv4.ts'
import { OPTION } from './option-codes.ts'
import { parseOptionValue, textBytes } from './option-values.ts'
import type { DhcpOptions } from './options.ts'
import { normaliseId } from './relay-information.ts'

export interface Range {
  readonly first: Ipv4
  readonly last: Ipv4
}

export interface Reservation {
  readonly address: Ipv4
  readonly hostName: string | undefined
}

export interface Subnet {
  readonly network: Network
  readonly ranges: readonly Range[]
  readonly leaseSeconds: number
  /** What every client of this network is told, ready for the wire. */
  readonly options: DhcpOptions
  /** By MAC, by client id as "id:" and hex, by node as "node:" and its name, by port of a switch as "port:" and its ids. */
  readonly reservations: ReadonlyMap<string, Reservation>
  /** Without such reservations nobody is asked which node a client is. */
  readonly reservesForNodes: boolean
  /** Never handed out from a range: reserved, the server's own, network and broadcast address. */
  readonly excluded: ReadonlySet<Ipv4>
  readonly isAuthoritative: boolean
  readonly probesAddresses: boolean
  /** Subnets with the same name are on one wire. */
  readonly sharedNetwork: string | undefined
  /** Only for clients whose relay names it. */
  readonly virtualSubnet: string | undefined
}

const DEFAULT_LEASE_SECONDS = 3600

export function compileSubnet(config: NetbootSubnet, serverIp: Ipv4): Subnet {
  const network = parseNetwork(config.network)
  const ranges = config.ranges?.map(compileRange) ?? [upperHalf(network, serverIp)]
  const reservations = compileReservations(config)
  return {
    network,
    ranges,
    leaseSeconds: config.leaseSeconds ?? DEFAULT_LEASE_SECONDS,
    options: compileOptions(config, network),
    reservations,
    reservesForNodes: (config.reservations ?? []).some(({ node }) => node !== undefined),
    excluded: new Set([
      serverIp,
      network.base,
      broadcastOf(network),
      ...(config.routers ?? []).map(parseIpv4),
      ...[...reservations.values()].map(({ address }) => address),
    ]),
    isAuthoritative: config.isAuthoritative ?? false,
    // From here a probe would reach the host that has this address outside of the virtual subnet.
    probesAddresses: (config.probesAddresses ?? true) && config.virtualSubnet === undefined,
    sharedNetwork: config.sharedNetwork,
    virtualSubnet: config.virtualSubnet === undefined ? undefined : normaliseId(config.virtualSubnet),
  }
}

export function isInRanges({ ranges, excluded }: Subnet, address: Ipv4): boolean {
  return !excluded.has(address) && ranges.some(({ first, last }) => address >= first && address <= last)
}

/**
 * Whether a client gets it that asks for none. In networks wider than /24 addresses that end in 0 and 255 are right, yet devices
 * take them for the network itself and for a broadcast; who asks for one knows what it does.
 */
export function isGivenUnasked(subnet: Subnet, address: Ipv4): boolean {
  const lastByte = address & 255
  const isMistaken = subnet.network.prefixLength < 24 && (lastByte === 0 || lastByte === 255)
  return !isMistaken && isInRanges(subnet, address)
}

/** How many addresses the ranges have. */
export function poolSize({ ranges }: Subnet): number {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0)
}

/** What is handed out when nothing is said. In a network for two machines, where we are one of them: what the other one can have. */
function upperHalf(network: Network, serverIp: Ipv4): Range {
  const half = 2 ** (31 - network.prefixLength)
  const upper = { first: network.base + half, last: broadcastOf(network) - 1 }
  return upper.first === upper.last && upper.first === serverIp ? { first: network.base + 1, last: network.base + 1 } : upper
}

function compileRange({ first, last }: { readonly first: string; readonly last: string }): Range {
  return { first: parseIpv4(first), last: parseIpv4(last) }
}

function compileReservations({ reservations = [] }: NetbootSubnet): ReadonlyMap<string, Reservation> {
  return new Map(
    reservations.map((one) => [holderKey(one), { address: parseIpv4(one.address), hostName: one.hostName ?? one.node }]),
  )
}

type Holder = Pick<NetbootReservation, 'mac' | 'clientId' | 'node' | 'circuitId' | 'remoteId'>

/** How a lease table names who an address is kept for. */
export function holderKey({ mac, clientId, node, circuitId, remoteId }: Holder): string {
  if (mac !== undefined) return mac.toLowerCase().replaceAll('-', ':')
  if (clientId !== undefined) return `id:${clientId.toLowerCase().replace(/^0x/, '').replaceAll(':', '')}`
  if (node !== undefined) return nodeKey(node)
  return `port:${JSON.stringify([remoteId, circuitId].map((id) => (id === undefined ? null : normaliseId(id))))}`
}

export const nodeKey = (name: string): string => `node:${name}`

function compileOptions(config: NetbootSubnet, network: Network): DhcpOptions {
  const options = new Map<number, Uint8Array>([
    [OPTION.subnetMask, ipv4Bytes(maskOf(network.prefixLength))],
    [OPTION.broadcastAddress, ipv4Bytes(broadcastOf(network))],
  ])
  const addresses: readonly (readonly [number, readonly string[] | undefined])[] = [
    [OPTION.router, config.routers],
    [OPTION.dnsServer, config.dnsServers],
    [OPTION.ntpServer, config.ntpServers],
  ]
  for (const [code, texts] of addresses) {
    if (texts !== undefined && texts.length > 0) options.set(code, ipv4Bytes(...texts.map(parseIpv4)))
  }
  if (config.domainName !== undefined) options.set(OPTION.domainName, textBytes(config.domainName))
  for (const [code, text] of Object.entries(config.options ?? {})) options.set(Number(code), parseOptionValue(Number(code), text))
  return options
}
