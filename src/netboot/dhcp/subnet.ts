// One network that addresses are handed out on, made ready from its configuration. Pure.
import { AppError } from '../../contract/errors.ts'
import type { NetbootSubnet } from '../config.ts'
import {
  broadcastOf,
  contains,
  formatNetwork,
  type Ipv4,
  ipv4Bytes,
  maskOf,
  type Network,
  parseIpv4,
  parseNetwork,
} from './ipv4.ts'
import { OPTION } from './option-codes.ts'
import { parseOptionValue, textBytes } from './option-values.ts'
import type { DhcpOptions } from './options.ts'

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
  /** By MAC, and by client id as "id:" and hex. */
  readonly reservations: ReadonlyMap<string, Reservation>
  /** Never handed out from a range: reserved, the server's own, network and broadcast address. */
  readonly excluded: ReadonlySet<Ipv4>
  readonly isAuthoritative: boolean
  readonly probesAddresses: boolean
}

const DEFAULT_LEASE_SECONDS = 3600

export function compileSubnet(config: NetbootSubnet, serverIp: Ipv4): Subnet {
  const network = parseNetwork(config.network)
  const ranges = config.ranges?.map((range) => compileRange(range, network)) ?? [upperHalf(network)]
  const reservations = compileReservations(config, network)
  return {
    network,
    ranges,
    leaseSeconds: config.leaseSeconds ?? DEFAULT_LEASE_SECONDS,
    options: compileOptions(config, network),
    reservations,
    excluded: new Set([
      serverIp,
      network.base,
      broadcastOf(network),
      ...(config.routers ?? []).map(parseIpv4),
      ...[...reservations.values()].map(({ address }) => address),
    ]),
    isAuthoritative: config.isAuthoritative ?? false,
    probesAddresses: config.probesAddresses ?? true,
  }
}

function upperHalf(network: Network): Range {
  const half = 2 ** (31 - network.prefixLength)
  return { first: network.base + half, last: broadcastOf(network) - 1 }
}

function compileRange(range: { readonly first: string; readonly last: string }, network: Network): Range {
  const first = parseIpv4(range.first)
  const last = parseIpv4(range.last)
  if (first <= last && contains(network, first) && contains(network, last)) return { first, last }
  throw new AppError(
    'NETBOOT_CONFIG_INVALID',
    `the range ${range.first} to ${range.last} is not inside ${formatNetwork(network)}, or ends before it begins`,
    'Give the first and the last address of the range, both inside the network.',
  )
}

function compileReservations(config: NetbootSubnet, network: Network): ReadonlyMap<string, Reservation> {
  const reservations = new Map<string, Reservation>()
  for (const { address, mac, clientId, hostName } of config.reservations ?? []) {
    const reservation = { address: parseIpv4(address), hostName }
    if (!contains(network, reservation.address) || (mac === undefined && clientId === undefined)) {
      throw new AppError(
        'NETBOOT_CONFIG_INVALID',
        `the reservation of ${address} needs an address inside ${formatNetwork(network)}, and a mac or a clientId`,
        'Example: { "address": "10.77.0.20", "mac": "52:54:00:12:34:56" }',
      )
    }
    if (mac !== undefined) reservations.set(mac.toLowerCase().replaceAll('-', ':'), reservation)
    if (clientId !== undefined)
      reservations.set(`id:${clientId.toLowerCase().replace(/^0x/, '').replaceAll(':', '')}`, reservation)
  }
  return reservations
}

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
  for (const [code, text] of Object.entries(config.options ?? {}))
    options.set(optionCode(code), parseOptionValue(Number(code), text))
  return options
}

function optionCode(text: string): number {
  const code = Number(text)
  if (Number.isInteger(code) && code > 0 && code < OPTION.end) return code
  throw new AppError('NETBOOT_CONFIG_INVALID', `"${text}" is not an option number`, 'DHCP options have the numbers 1 to 254.')
}
