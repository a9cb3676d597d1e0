// What follows from a configuration, as rows for a person: interface by interface, subnet by subnet. Pure.
import type { LoaderRule, NetbootSubnet } from '../netboot/index.ts'
import { type ApplianceConfig, urlAt } from './resolve.ts'
import type { ResolvedInterface } from './resolve-interfaces.ts'

/** Left what it is about, right what holds for it. */
type Row = readonly [subject: string, text: string]

export function planOf(config: ApplianceConfig): readonly Row[] {
  return [
    ['configuration', 'is good'],
    ...config.interfaces.flatMap((one) => interfaceRows(one, config.http.port)),
    ...config.loaders.map((rule): Row => [`loader ${rule.loader}`, `for ${conditionsOf(rule)}`]),
    ['TFTP', tftpText(config.tftp)],
    ['data', config.dataDir],
    ['profiles', config.profilesDir],
    ['packages', config.packagesDir],
    ['functions and sites', config.centralDir],
    ['boot files', config.bootDir],
  ]
}

const MODES: Readonly<Record<ResolvedInterface['mode'], string>> = {
  server: 'DHCP server',
  proxy: 'DHCP proxy: no addresses, boot answers beside the site’s server',
  off: 'no DHCP: the site’s server names the boot file (docs/netboot.md)',
}

function interfaceRows({ name, mode, address, prefixLength, subnets }: ResolvedInterface, port: number): readonly Row[] {
  return [
    [name, `${address}/${prefixLength}, ${MODES[mode]}`],
    ['  machines reach', `${urlAt(address, port)} on ${name}`],
    ...subnets.flatMap(subnetRows),
  ]
}

function subnetRows(subnet: NetbootSubnet): readonly Row[] {
  const { network, ranges, leaseSeconds, routers = [], dnsServers = [], ntpServers = [], domainName, options = {} } = subnet
  const told = [
    ...routers.map((router) => `router ${router}`),
    ...dnsServers.map((server) => `DNS ${server}`),
    ...ntpServers.map((server) => `NTP ${server}`),
    ...(domainName === undefined ? [] : [`domain ${domainName}`]),
    ...Object.entries(options).map(([code, value]) => `option ${code} = ${value}`),
  ]
  const given = ranges?.map(({ first, last }) => `${first} to ${last}`).join(', ') ?? 'its upper half'
  return [
    [
      `  ${network}`,
      `${given === '' ? 'reservations alone' : given}${leaseSeconds === undefined ? '' : `, for ${leaseSeconds} s`}`,
    ],
    ...(told.length === 0 ? [] : [['  told', told.join(', ')] as const]),
    ...(subnet.isAuthoritative === true ? [['  authoritative', 'refuses addresses that it has no record of'] as const] : []),
    ...(subnet.sharedNetwork === undefined ? [] : [['  on one wire', `with all of ${subnet.sharedNetwork}`] as const]),
    ...(subnet.virtualSubnet === undefined ? [] : [['  only for', `virtual subnet ${subnet.virtualSubnet}`] as const]),
    ...(subnet.reservations ?? []).map((one): Row => [`  ${one.address}`, `kept for ${holderOf(one)}`]),
  ]
}

function holderOf({ mac, clientId, node, remoteId, circuitId }: NonNullable<NetbootSubnet['reservations']>[number]): string {
  if (mac !== undefined) return mac
  if (clientId !== undefined) return `client ${clientId}`
  if (node !== undefined) return `node ${node}`
  const ids = [remoteId === undefined ? [] : `switch ${remoteId}`, circuitId === undefined ? [] : `port ${circuitId}`].flat()
  return ids.join(', ')
}

function conditionsOf({ loader: _, ...conditions }: LoaderRule): string {
  const said = Object.entries(conditions).map(([key, value]) => `${key} ${value}`)
  return said.length === 0 ? 'all machines' : said.join(', ')
}

function tftpText({ port, isSinglePort, maxTransfers }: ApplianceConfig['tftp']): string {
  return `port ${port}${isSinglePort ? ' alone' : ''}, at most ${maxTransfers} transfers at a time`
}
