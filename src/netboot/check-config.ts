// Whether the interfaces, networks, ranges and reservations of a configuration go together; every mistake at once. Pure.
import { AppError, type ErrorCode } from '../contract/errors.ts'
import { type ConfigProblem, checkSubnet } from './check-subnet.ts'
import type { NetbootInterface, NetbootSubnet } from './config.ts'
import { contains, formatNetwork, type Network, parseNetwork } from './dhcp/ipv4.ts'
import { normaliseId } from './dhcp/relay-information.ts'

/** Addresses that are left out are found at the start, and are not compared here. */
export function configProblems(interfaces: readonly NetbootInterface[]): readonly ConfigProblem[] {
  return [
    ...interfaces.flatMap((one, index) => checkInterface(one, `interfaces[${index}]`)),
    ...twice(interfaces, 'name', 'NETBOOT_CONFIG_INVALID'),
    ...twice(interfaces, 'address', 'NETBOOT_ADDRESS_TWICE'),
    ...overlappingNetworks(interfaces),
  ]
}

/** The first problem as an error that tells all of them. */
export function assertConfig(interfaces: readonly NetbootInterface[]): void {
  const problems = configProblems(interfaces)
  const [first] = problems
  if (first === undefined) return
  const lines = problems.map(({ path, reason }) => `${path} ${reason}`)
  throw new AppError(first.code, lines.join('\n'), 'Mend what is named; docs/errors.md explains each code.')
}

function checkInterface({ mode, address, subnets = [] }: NetbootInterface, path: string): readonly ConfigProblem[] {
  if (mode === 'server') return subnets.flatMap((one, index) => checkSubnet(one, `${path}.subnets[${index}]`, address))
  if (subnets.length === 0) return []
  const reason = `hands out addresses, which mode ${mode} never does: leave it out, or choose mode server`
  return [{ code: 'NETBOOT_MODE_GIVES_NO_ADDRESSES', path: `${path}.subnets`, reason }]
}

function twice(interfaces: readonly NetbootInterface[], key: 'name' | 'address', code: ErrorCode): readonly ConfigProblem[] {
  return interfaces.flatMap((one, index) => {
    const value = one[key]
    const earlier = interfaces.findIndex((other) => other[key] === value)
    if (value === undefined || earlier === index) return []
    return [{ code, path: `interfaces[${index}].${key}`, reason: `is ${value}, as interfaces[${earlier}].${key} is already` }]
  })
}

interface Named {
  readonly path: string
  readonly network: Network
  readonly virtualSubnet: string | undefined
}

/** Whose subnet an address belongs to must be plain, whatever interface it is asked for on. */
function overlappingNetworks(interfaces: readonly NetbootInterface[]): readonly ConfigProblem[] {
  const all = interfaces.flatMap(({ mode, subnets = [] }, index) =>
    mode === 'server' ? subnets.flatMap((subnet, at) => named(subnet, `interfaces[${index}].subnets[${at}].network`)) : [],
  )
  return all.flatMap(({ network, path, virtualSubnet }, index) => {
    const earlier = all.slice(0, index).find((other) => other.virtualSubnet === virtualSubnet && overlaps(other.network, network))
    if (earlier === undefined) return []
    const reason = `is ${formatNetwork(network)}, which overlaps ${formatNetwork(earlier.network)} of ${earlier.path}`
    return [{ code: 'NETBOOT_SUBNETS_OVERLAP' as const, path, reason }]
  })
}

/** None when the text is no network: that is told where it is written. */
function named({ network, virtualSubnet }: NetbootSubnet, path: string): readonly Named[] {
  try {
    return [{ path, network: parseNetwork(network), virtualSubnet: virtualSubnet && normaliseId(virtualSubnet) }]
  } catch {
    return []
  }
}

function overlaps(one: Network, other: Network): boolean {
  return contains(one, other.base) || contains(other, one.base)
}
