// Whether the ranges, reservations and options of one subnet fit it and each other. Pure.
import { AppError, type ErrorCode } from '../contract/errors.ts'
import type { NetbootReservation, NetbootSubnet } from './config.ts'
import {
  broadcastOf,
  contains,
  formatIpv4,
  formatNetwork,
  type Ipv4,
  type Network,
  parseIpv4,
  parseNetwork,
} from './dhcp/ipv4.ts'
import { OPTION, optionName } from './dhcp/option-codes.ts'
import { parseOptionValue } from './dhcp/option-values.ts'
import { holderKey } from './dhcp/subnet.ts'

export interface ConfigProblem {
  readonly code: ErrorCode
  /** interfaces[0].subnets[1].ranges[0].first */
  readonly path: string
  /** Goes on after the path: "is outside of 10.77.0.0/24". */
  readonly reason: string
}

export function checkSubnet(subnet: NetbootSubnet, path: string, ownAddress: string | undefined): readonly ConfigProblem[] {
  const network = read(subnet.network, parseNetwork)
  const addresses = [
    ...named(`${path}.routers`, subnet.routers),
    ...named(`${path}.dnsServers`, subnet.dnsServers),
    ...named(`${path}.ntpServers`, subnet.ntpServers),
    ...(subnet.ranges ?? []).flatMap(({ first, last }, index) => [
      [`${path}.ranges[${index}].first`, first] as const,
      [`${path}.ranges[${index}].last`, last] as const,
    ]),
    ...(subnet.reservations ?? []).map(({ address }, index) => [`${path}.reservations[${index}].address`, address] as const),
  ]
  return [
    ...unreadable(`${path}.network`, () => parseNetwork(subnet.network)),
    ...addresses.flatMap(([at, text]) => unreadable(at, () => parseIpv4(text))),
    ...Object.entries(subnet.options ?? {}).flatMap(([code, text]) => checkOption(code, text, `${path}.options.${code}`)),
    ...(network === undefined ? [] : checkRanges(subnet, network, `${path}.ranges`)),
    ...(network === undefined ? [] : checkReservations(subnet, network, `${path}.reservations`, ownAddress)),
  ]
}

function named(path: string, texts: readonly string[] = []): readonly (readonly [path: string, text: string])[] {
  return texts.map((text, index) => [`${path}[${index}]`, text])
}

function read<T>(text: string, parse: (text: string) => T): T | undefined {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

function unreadable(path: string, parse: () => unknown): readonly ConfigProblem[] {
  try {
    parse()
    return []
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return [{ code: error.code, path, reason: `cannot be read: ${error.message}` }]
  }
}

/** What the server says by itself in each answer: another value would contradict the lease. */
const OWN_OPTIONS: ReadonlySet<number> = new Set([
  OPTION.subnetMask,
  OPTION.requestedIp,
  OPTION.leaseSeconds,
  OPTION.overload,
  OPTION.messageType,
  OPTION.serverId,
  OPTION.clientId,
  OPTION.relayAgentInformation,
])

function checkOption(number: string, text: string, path: string): readonly ConfigProblem[] {
  const code = Number(number)
  const wrong = (reason: string) => [{ code: 'NETBOOT_CONFIG_INVALID' as const, path, reason }]
  if (!Number.isInteger(code) || code < 1 || code >= OPTION.end) return wrong('is no option number: they go from 1 to 254')
  if (OWN_OPTIONS.has(code)) return wrong(`(${optionName(code)}) is said by the server itself`)
  return unreadable(path, () => parseOptionValue(code, text))
}

interface ReadRange {
  readonly path: string
  readonly first: Ipv4
  readonly last: Ipv4
}

function checkRanges({ ranges = [] }: NetbootSubnet, network: Network, path: string): readonly ConfigProblem[] {
  const readable = ranges.flatMap((range, index): readonly ReadRange[] => {
    const first = read(range.first, parseIpv4)
    const last = read(range.last, parseIpv4)
    return first === undefined || last === undefined ? [] : [{ path: `${path}[${index}]`, first, last }]
  })
  return readable.flatMap((range, index): readonly ConfigProblem[] => {
    const { first, last } = range
    const text = `${formatIpv4(first)} to ${formatIpv4(last)}`
    if (!contains(network, first) || !contains(network, last)) {
      const reason = `is ${text}, which is not inside ${formatNetwork(network)}`
      return [{ code: 'NETBOOT_RANGE_INVALID', path: range.path, reason }]
    }
    if (first > last) return [{ code: 'NETBOOT_RANGE_INVALID', path: range.path, reason: `is ${text}: it ends before it begins` }]
    const earlier = readable.slice(0, index).find((other) => first <= other.last && other.first <= last)
    if (earlier === undefined) return []
    return [{ code: 'NETBOOT_RANGES_OVERLAP', path: range.path, reason: `is ${text}, which overlaps ${earlier.path}` }]
  })
}

function checkReservations(
  { reservations = [] }: NetbootSubnet,
  network: Network,
  path: string,
  ownAddress: string | undefined,
): readonly ConfigProblem[] {
  return reservations.flatMap((one, index) => {
    const address = read(one.address, parseIpv4)
    return [
      ...checkHolder(reservations, index, `${path}[${index}]`),
      ...(address === undefined ? [] : checkAddress(address, network, `${path}[${index}].address`)),
      ...(one.address === ownAddress
        ? [problem('NETBOOT_ADDRESS_TWICE', `${path}[${index}].address`, `is ${one.address}, the appliance's own`)]
        : []),
      ...addressBefore(reservations, index, path),
    ]
  })
}

function checkAddress(address: Ipv4, network: Network, path: string): readonly ConfigProblem[] {
  const isInside = contains(network, address) && address !== network.base && address !== broadcastOf(network)
  if (isInside) return []
  const reason = `is ${formatIpv4(address)}, which no machine of ${formatNetwork(network)} can have`
  return [problem('NETBOOT_RESERVATION_INVALID', path, reason)]
}

function checkHolder(all: readonly NetbootReservation[], index: number, path: string): readonly ConfigProblem[] {
  const one = all[index]!
  const port = [one.remoteId, one.circuitId].filter((part) => part !== undefined)
  const said = [one.mac, one.clientId, one.node, port.length === 0 ? undefined : port.join(' ')].filter(
    (part) => part !== undefined,
  )
  if (said.length !== 1) {
    const reason = 'needs one of mac, clientId and node, or the ids of a port (circuitId, remoteId), to say for whom it is'
    return [problem('NETBOOT_RESERVATION_INVALID', path, reason)]
  }
  const key = holderKey(one)
  const earlier = all.findIndex((other) => holderKey(other) === key)
  if (earlier === index) return []
  return [problem('NETBOOT_RESERVATION_INVALID', path, `is for ${said[0]}, who has an address by number ${earlier} already`)]
}

function addressBefore(all: readonly NetbootReservation[], index: number, path: string): readonly ConfigProblem[] {
  const { address } = all[index]!
  const earlier = all.findIndex((other) => other.address === address)
  if (earlier === index) return []
  return [
    problem('NETBOOT_ADDRESS_TWICE', `${path}[${index}].address`, `is ${address}, as ${path}[${earlier}].address is already`),
  ]
}

function problem(code: ConfigProblem['code'], path: string, reason: string): ConfigProblem {
  return { code, path, reason }
}
