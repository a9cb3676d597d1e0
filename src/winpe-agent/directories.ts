// Where directories of appliances are, as the machine's network tells: the kernel command line, the DHCP lease, DNS-SD by unicast DNS.
// Touches DNS. Multicast DNS is left out: provisioning networks have a DHCP server, which names a DNS server or the directory itself.
import { Resolver } from 'node:dns/promises'

export interface NetworkHints {
  /** URLs of the option in the DHCP lease, as they were sent. */
  leaseDirectories(): Promise<readonly string[]>
  /** Domains that names of this network are looked up in. */
  searchDomains(): Promise<readonly string[]>
  /** Left out: the system's. */
  readonly dnsServers?: readonly string[]
}

export interface FindDirectoriesDeps {
  /** platen.directory= of the kernel command line. */
  readonly named: readonly string[]
  readonly hints: NetworkHints
  log(line: string): void
}

const SERVICE = '_platen._tcp'
const DNS_TIMEOUT_MS = 2000

/** Gives all that are found each time, in this order of where; says once where each was found. */
export function createFindDirectories({ named, hints, log }: FindDirectoriesDeps): () => Promise<readonly string[]> {
  const told = new Set<string>()
  return async () => {
    const [lease, dns] = await Promise.all([hints.leaseDirectories(), byDns(hints)])
    const found = [
      ...named.map((url) => ({ url, where: 'the kernel command line' })),
      ...lease.map((url) => ({ url, where: 'the DHCP lease' })),
      ...dns.map((url) => ({ url, where: 'DNS' })),
    ].map(({ url, where }) => ({ url: applianceUrlOf(url), where }))
    const urls: string[] = []
    for (const { url, where } of found) {
      if (url === undefined || urls.includes(url)) continue
      urls.push(url)
      if (!told.has(url)) log(`directory ${url}, told by ${where}`)
      told.add(url)
    }
    return urls
  }
}

/** http://10.77.0.1:8080, without a slash at the end; undefined: it is no address of an appliance. */
export function applianceUrlOf(text: string): string | undefined {
  const plain = text.trim().replace(/\/+$/, '')
  return URL.canParse(plain) && /^https?:\/\/[^\s/?#]+$/.test(plain) ? plain : undefined
}

async function byDns(hints: NetworkHints): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 2 })
  if (hints.dnsServers !== undefined) resolver.setServers([...hints.dnsServers])
  const perDomain = (await hints.searchDomains()).map((domain) => inDomain(resolver, domain))
  return (await Promise.all(perDomain)).flat()
}

/** PTR names the instances, SRV of each its host and port, TXT its role and scheme (RFC 6763). */
async function inDomain(resolver: Resolver, domain: string): Promise<readonly string[]> {
  const instances = await resolver.resolvePtr(`${SERVICE}.${domain}`).catch(() => [])
  const perInstance = instances.map(async (instance) => {
    const [hosts, text] = await Promise.all([
      resolver.resolveSrv(instance).catch(() => []),
      resolver.resolveTxt(instance).catch(() => []),
    ])
    const words = new Map(text.flat().map((word) => word.split('=', 2) as [string, string | undefined]))
    if ((words.get('role') ?? 'directory') !== 'directory') return []
    const scheme = words.get('scheme') === 'https' ? 'https' : 'http'
    return hosts.map(({ name, port, priority, weight }) => ({ url: `${scheme}://${name}:${port}`, priority, weight }))
  })
  const found = (await Promise.all(perInstance)).flat()
  return found.sort((a, b) => a.priority - b.priority || b.weight - a.weight || (a.url < b.url ? -1 : 1)).map(({ url }) => url)
}
