// Settings and the machine's interfaces in, everything that the rooms need out; or every problem at once. Pure.
import { join, resolve } from 'node:path'
import { nearest } from '../contract/nearest.ts'
import type { Settings } from './config.ts'
import { isUsable, type Subnet, subnetOf, toAddress, toNumber } from './ipv4.ts'
import type { Problem } from './settings-merge.ts'
import { settingOf } from './settings-table.ts'

/** What os.networkInterfaces() tells, as far as it is used. */
export type Interfaces = Readonly<Record<string, readonly InterfaceAddress[] | undefined>>
interface InterfaceAddress {
  readonly family: string
  readonly address: string
  readonly netmask: string
}

export interface Folders {
  readonly dataDir: string
  readonly profilesDir: string
  readonly bootDir: string
}

export interface ApplianceConfig extends Folders {
  readonly interface: string
  readonly address: string
  readonly netmask: string
  /** http://10.77.0.1:8080, as machines and agents are told. */
  readonly url: string
  readonly http: Settings['http']
  readonly tftp: Settings['tftp']
  readonly dhcp: {
    readonly mode: Settings['dhcp']['mode']
    readonly rangeStart: string
    readonly rangeEnd: string
    readonly leaseSeconds: number
    readonly router: string | undefined
    readonly dns: readonly string[]
    readonly ntp: readonly string[]
    readonly domain: string | undefined
  }
  readonly agent: Settings['agent']
  readonly jobs: Settings['jobs']
  readonly log: Settings['log']
}

export type Resolved =
  | { readonly kind: 'config'; readonly config: ApplianceConfig }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] }

export function resolveConfig(settings: Settings, interfaces: Interfaces, programDir: string): Resolved {
  const found = findSubnet(settings, interfaces)
  if (found.kind === 'problem') return { kind: 'problems', problems: [found.problem] }

  const { subnet } = found
  const middle = toAddress(subnet.network + Math.ceil((subnet.broadcast - subnet.network) / 2))
  const { mode, leaseSeconds, router, dns = [], ntp = [], domain } = settings.dhcp
  const { rangeStart = middle, rangeEnd = toAddress(subnet.broadcast - 1) } = settings.dhcp
  const problems = mode === 'server' ? checkRange(subnet, rangeStart, rangeEnd) : []
  if (problems.length > 0) return { kind: 'problems', problems }

  const { address, netmask } = subnet
  const { http, tftp, agent } = settings
  return {
    kind: 'config',
    config: {
      interface: settings.interface,
      address,
      netmask,
      url: `http://${address}:${http.port}`,
      http,
      tftp,
      dhcp: { mode, rangeStart, rangeEnd, leaseSeconds, router, dns, ntp, domain },
      ...foldersOf(settings, programDir),
      agent,
      jobs: settings.jobs,
      log: settings.log,
    },
  }
}

/** Whole paths: what is started from another folder must mean the same. */
export function foldersOf({ dataDir, profilesDir, bootDir }: Settings, programDir: string): Folders {
  return {
    dataDir: resolve(dataDir),
    profilesDir: resolve(profilesDir ?? join(programDir, 'profiles')),
    bootDir: resolve(bootDir ?? join(dataDir, 'boot')),
  }
}

type Found = { readonly kind: 'subnet'; readonly subnet: Subnet } | { readonly kind: 'problem'; readonly problem: Problem }

function findSubnet({ interface: name, address }: Settings, interfaces: Interfaces): Found {
  const names = Object.keys(interfaces)
  const addresses = interfaces[name]?.filter((one) => one.family === 'IPv4') ?? []
  if (interfaces[name] === undefined) {
    const meant = nearest(name, names)
    const reason = `is "${name}", which this machine does not have or which has no address; it has ${names.join(', ')}`
    return { kind: 'problem', problem: problemOf('interface', reason, meant) }
  }
  const own = address === undefined ? addresses[0] : addresses.find((one) => one.address === address)
  if (own !== undefined) return { kind: 'subnet', subnet: subnetOf(own.address, own.netmask) }
  if (address === undefined) {
    const reason = `is "${name}", which has no IPv4 address; give it one: ip addr add 10.77.0.1/24 dev ${name}`
    return { kind: 'problem', problem: problemOf('interface', reason) }
  }
  const list = addresses.map((one) => one.address).join(', ') || 'none'
  return { kind: 'problem', problem: problemOf('address', `is ${address}, which ${name} does not have; it has ${list}`) }
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
