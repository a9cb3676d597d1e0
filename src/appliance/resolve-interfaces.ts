// Which interfaces are served, with which addresses and subnets: from one name or from the list; or every problem at once. Pure.
import { nearest } from '../contract/nearest.ts'
import { configProblems, type DhcpMode, type NetbootSubnet } from '../netboot/index.ts'
import type { Settings } from './config.ts'
import { isUsable, prefixLength, type Subnet, subnetOf, toAddress, toNumber } from './ipv4.ts'
import type { InterfaceSettings } from './network-settings.ts'
import type { Problem } from './settings-merge.ts'
import { settingOf } from './settings-table.ts'

/** What os.networkInterfaces() tells, as far as it is used. */
export type Interfaces = Readonly<Record<string, readonly InterfaceAddress[] | undefined>>
interface InterfaceAddress {
  readonly family: string
  readonly address: string
  readonly netmask: string
}

export interface ResolvedInterface {
  readonly name: string
  readonly mode: DhcpMode
  readonly address: string
  readonly prefixLength: number
  /** Mode server: at least one, each with its ranges. */
  readonly subnets: readonly NetbootSubnet[]
  readonly trustedRelays?: readonly string[] | undefined
}

type Resolved =
  | { readonly kind: 'interfaces'; readonly interfaces: readonly ResolvedInterface[] }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] }

export function resolveInterfaces(settings: Settings, interfaces: Interfaces): Resolved {
  return settings.interfaces === undefined ? resolveOne(settings, interfaces) : resolveList(settings.interfaces, interfaces)
}

function resolveOne({ interface: name = '', address, dhcp }: Settings, interfaces: Interfaces): Resolved {
  const found = findSubnet(name, address, interfaces, { name: 'interface', address: 'address' })
  if (found.kind === 'problem') return { kind: 'problems', problems: [found.problem] }
  const { subnet } = found
  const upper = upperHalf(subnet)
  const { mode, rangeStart = upper.first, rangeEnd = upper.last } = dhcp
  const noRoom = mode === 'server' ? checkRoom(subnet, name, address === undefined ? 'interface' : 'address') : []
  const problems = mode === 'server' && noRoom.length === 0 ? checkRange(subnet, rangeStart, rangeEnd) : noRoom
  if (problems.length > 0) return { kind: 'problems', problems }
  const one = { network: networkOf(subnet), ranges: [{ first: rangeStart, last: rangeEnd }], probesAddresses: true, ...dhcp }
  const subnets = mode === 'server' ? [toNetboot(one)] : []
  return { kind: 'interfaces', interfaces: [{ name, mode, ...placeOf(subnet), subnets }] }
}

function resolveList(list: readonly InterfaceSettings[], interfaces: Interfaces): Resolved {
  const found = list.map(({ name, address }, index) =>
    findSubnet(name, address, interfaces, { name: `interfaces[${index}].name`, address: `interfaces[${index}].address` }),
  )
  const resolved = list.map((one, index): ResolvedInterface => {
    const place = found[index]!
    const subnet = place.kind === 'subnet' ? place.subnet : undefined
    const own = subnet === undefined || one.mode !== 'server' ? [] : [{ network: networkOf(subnet), ranges: [upperHalf(subnet)] }]
    const subnets = one.subnets === undefined || one.subnets.length === 0 ? own : one.subnets.map(toNetboot)
    const where = subnet === undefined ? { address: one.address ?? '', prefixLength: 0 } : placeOf(subnet)
    const relays = one.trustedRelays === undefined ? {} : { trustedRelays: one.trustedRelays }
    return { name: one.name, mode: one.mode, ...where, subnets, ...relays }
  })
  const withoutRoom = list.flatMap(({ name, mode, subnets = [], address }, index) => {
    const place = found[index]!
    if (place.kind === 'problem' || mode !== 'server' || subnets.length > 0) return []
    return checkRoom(place.subnet, name, `interfaces[${index}].${address === undefined ? 'name' : 'address'}`)
  })
  // What was not found has been told; an address that nobody knows is no second one.
  const known = resolved.map((one) => ({ ...one, address: one.address === '' ? undefined : one.address }))
  const problems = [
    ...found.flatMap((one) => (one.kind === 'problem' ? [one.problem] : [])),
    ...withoutRoom,
    ...(withoutRoom.length > 0 ? [] : configProblems(known)).map(({ code, path, reason }) => ({
      ...problemOf(path, reason),
      code,
    })),
  ]
  return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'interfaces', interfaces: resolved }
}

type SubnetSettings = NonNullable<InterfaceSettings['subnets']>[number]

function toNetboot(settings: SubnetSettings): NetbootSubnet {
  const { network, ranges, reservations, leaseSeconds, router, dns, ntp, domain, options, isAuthoritative } = settings
  const { probesAddresses, sharedNetwork, virtualSubnet } = settings
  return {
    network,
    ranges,
    reservations,
    leaseSeconds,
    routers: router === undefined ? [] : [router],
    dnsServers: dns,
    ntpServers: ntp,
    domainName: domain,
    options: options && Object.fromEntries(Object.entries(options).map(([code, value]) => [code, String(value)])),
    isAuthoritative,
    probesAddresses,
    sharedNetwork,
    virtualSubnet,
  }
}

type Found = { readonly kind: 'subnet'; readonly subnet: Subnet } | { readonly kind: 'problem'; readonly problem: Problem }

/** keys: how the settings are called where they were said. */
function findSubnet(
  name: string,
  address: string | undefined,
  interfaces: Interfaces,
  keys: { readonly name: string; readonly address: string },
): Found {
  const names = Object.keys(interfaces)
  const addresses = interfaces[name]?.filter((one) => one.family === 'IPv4') ?? []
  if (interfaces[name] === undefined) {
    const meant = nearest(name, names)
    const reason = `is "${name}", which this machine does not have or which has no address; it has ${names.join(', ')}`
    return { kind: 'problem', problem: problemOf(keys.name, reason, meant) }
  }
  const own = address === undefined ? addresses[0] : addresses.find((one) => one.address === address)
  if (own !== undefined) return { kind: 'subnet', subnet: subnetOf(own.address, own.netmask) }
  if (address === undefined) {
    const reason = `is "${name}", which has no IPv4 address; give it one: ip addr add 10.77.0.1/24 dev ${name}`
    return { kind: 'problem', problem: problemOf(keys.name, reason) }
  }
  const list = addresses.map((one) => one.address).join(', ') || 'none'
  return { kind: 'problem', problem: problemOf(keys.address, `is ${address}, which ${name} does not have; it has ${list}`) }
}

function placeOf({ address, netmask }: Subnet): { address: string; prefixLength: number } {
  return { address, prefixLength: prefixLength(netmask) }
}

function networkOf({ network, netmask }: Subnet): string {
  return `${toAddress(network)}/${prefixLength(netmask)}`
}

/** In a network for two machines, where we are one of them: what the other one can have. */
function upperHalf({ address, network, broadcast }: Subnet): { first: string; last: string } {
  const [first, last] = [network + Math.ceil((broadcast - network) / 2), broadcast - 1]
  const isOurs = first === last && toAddress(first) === address
  return isOurs
    ? { first: toAddress(network + 1), last: toAddress(network + 1) }
    : { first: toAddress(first), last: toAddress(last) }
}

/** /31 and /32: links for two ends, and single hosts. */
function checkRoom({ address, netmask, network, broadcast }: Subnet, name: string, key: string): Problem[] {
  if (broadcast - network > 1) return []
  const own = `${address}/${prefixLength(netmask)}`
  const wider = `ip address add ${address}/24 dev ${name}`
  const others = key.startsWith('interfaces') ? 'subnets that relays bring, or mode: proxy or off' : '--dhcp-mode proxy or off'
  const reason = `leads to ${own} of ${name}, a network with no address for a machine: give it a wider one (${wider}), or say ${others}`
  return [problemOf(key, reason)]
}

function checkRange(subnet: Subnet, rangeStart: string, rangeEnd: string): Problem[] {
  const ends = { 'dhcp.rangeStart': rangeStart, 'dhcp.rangeEnd': rangeEnd }
  const first = toAddress(subnet.network + 1)
  const last = toAddress(subnet.broadcast - 1)
  const problems = Object.entries(ends)
    .filter(([, end]) => !isUsable(subnet, end))
    .map(([key, end]) => problemOf(key, `is ${end}, outside of ${first} to ${last}, the subnet of ${subnet.address}`, first))
  if (problems.length === 0 && toNumber(rangeStart) > toNumber(rangeEnd)) {
    problems.push(problemOf('dhcp.rangeEnd', `is ${rangeEnd}, below dhcp.rangeStart ${rangeStart}`, last))
  }
  return problems
}

const problemOf = (key: string, reason: string, example = settingOf(key)?.example): Problem => ({
  source: 'checked against this machine',
  key,
  reason,
  example,
})
