// All that is served on one interface: DHCP in its mode, and TFTP. Opens sockets, reads the kernel's list of interfaces.
import { networkInterfaces } from 'node:os'
import { AppError } from '../contract/errors.ts'
import type { BootPolicy } from './boot-policy.ts'
import type { DhcpMode, NetbootInterface, NetbootPorts, TftpLimits } from './config.ts'
import { formatIpv4, formatNetwork, networkOf, parseIpv4 } from './dhcp/ipv4.ts'
import type { LeaseClock } from './dhcp/lease-clock.ts'
import type { LeaseStore } from './dhcp/lease-journal.ts'
import { LeaseTable } from './dhcp/lease-table.ts'
import { type AddressProbe, Prober } from './dhcp/prober.ts'
import { DhcpService } from './dhcp/server.ts'
import { type Arrival, type DhcpSockets, openDhcpSockets } from './dhcp/sockets.ts'
import { compileSubnet } from './dhcp/subnet.ts'
import type { NetbootEventLog } from './events.ts'
import { openHanded } from './handed-sockets.ts'
import { httpBase } from './http/routes.ts'
import type { LoaderChoice } from './loader-choice.ts'
import type { BootFiles } from './tftp/boot-files.ts'
import { TftpServer } from './tftp/server.ts'

export interface InterfaceDeps {
  readonly ports: NetbootPorts
  readonly httpPort: number
  readonly tftpLimits: TftpLimits
  readonly bootFiles: BootFiles
  readonly loaderChoice: LoaderChoice
  readonly journal: LeaseStore
  readonly policy: BootPolicy
  readonly probe: AddressProbe
  readonly events: NetbootEventLog
  readonly now: () => number
  readonly leaseClock: LeaseClock
  /** File descriptors of sockets tied to this interface. */
  readonly handedFds: readonly number[]
}

const LOOK_AGAIN_MS = 10 * 60_000

export class InterfaceService {
  readonly name: string
  readonly mode: DhcpMode
  readonly address: string
  readonly tables: readonly LeaseTable[]
  #config: NetbootInterface
  #deps: InterfaceDeps
  #probers: ReadonlyMap<LeaseTable, Prober> = new Map()
  #sockets: DhcpSockets | undefined
  #tftp: TftpServer | undefined
  #watchTimer: NodeJS.Timeout | undefined

  constructor(config: NetbootInterface, deps: InterfaceDeps) {
    const { address, prefixLength } = addressOf(config)
    this.name = config.name
    this.mode = config.mode
    this.address = address
    this.#config = config
    this.#deps = deps
    const nodeNameOf = (mac: string) => deps.policy.nodeOf?.(mac)?.name
    const own = { network: formatNetwork(networkOf(parseIpv4(address), prefixLength)) }
    const subnets = config.mode !== 'server' ? [] : config.subnets?.length ? config.subnets : [own]
    this.tables = subnets.map((subnet) => new LeaseTable(compileSubnet(subnet, parseIpv4(address)), nodeNameOf))
  }

  /** The leases are in the tables by now. */
  async start(): Promise<void> {
    const { events, ports, tftpLimits, now } = this.#deps
    const handed = await openHanded(this.#deps.handedFds)
    const base = httpBase(this.address, this.#deps.httpPort)
    const read = (name: string, from: string) => this.#deps.bootFiles.read(name, { from, httpBase: base })
    const socket = handed.get(ports.tftp)
    this.#tftp = new TftpServer({ address: this.address, port: ports.tftp, socket, limits: tftpLimits, read, events, now })
    await this.#tftp.start()
    const { mode } = this.#config
    if (mode !== 'off') {
      const service = this.#makeService(mode)
      const onArrival = (arrival: Arrival) => service.receive(arrival)
      this.#sockets = await openDhcpSockets({ address: this.address, ports, onArrival, handed })
      service.attach(this.#sockets)
      this.#startProbing(service)
      this.#lookForOthers(service)
    }
    events.emit({ type: 'dhcp.started', interfaceName: this.name, mode, address: this.address })
  }

  async stop(): Promise<void> {
    clearInterval(this.#watchTimer)
    await this.#sockets?.close()
    this.#sockets = undefined
    await Promise.all([...this.#probers.values()].map((prober) => prober.stop()))
    await this.#tftp?.stop()
    this.#tftp = undefined
  }

  #makeService(mode: 'server' | 'proxy'): DhcpService {
    const { ports, httpPort, journal, policy, events, leaseClock, loaderChoice } = this.#deps
    return new DhcpService({
      interfaceName: this.name,
      mode,
      serverIp: parseIpv4(this.address),
      httpBase: httpBase(this.address, httpPort),
      ports,
      tables: this.tables,
      journal,
      policy,
      flavourFor: (client) => loaderChoice.flavourFor(client),
      events,
      now: () => leaseClock.now(),
      onAddressTaken: (table) => this.#probers.get(table)?.refill(),
    })
  }

  #startProbing(service: DhcpService): void {
    const { probe, events, leaseClock, journal } = this.#deps
    const prober = (table: LeaseTable) =>
      new Prober(table, {
        probe,
        now: () => leaseClock.now(),
        onStocked: () => service.retryWaiting(table),
        onInUse: (lease) => {
          const network = formatNetwork(table.subnet.network)
          events.emit({ type: 'dhcp.address-found-in-use', network, address: formatIpv4(lease.address) })
          void journal.append(lease).catch(() => {})
        },
      })
    this.#probers = new Map(this.tables.map((table) => [table, prober(table)]))
    for (const started of this.#probers.values()) started.refill()
  }

  /** At the start, and again now and then: somebody may plug one in. */
  #lookForOthers(service: DhcpService): void {
    void service.lookForOthers()
    this.#watchTimer = setInterval(() => void service.lookForOthers(), LOOK_AGAIN_MS).unref()
  }
}

function addressOf({ name, address, prefixLength }: NetbootInterface): { address: string; prefixLength: number } {
  const known = networkInterfaces()[name]?.find(
    ({ family, address: found }) => family === 'IPv4' && (address === undefined || address === found),
  )
  const length = prefixLength ?? Number(known?.cidr?.split('/')[1] ?? Number.NaN)
  const found = address ?? known?.address
  if (found !== undefined && Number.isInteger(length)) return { address: found, prefixLength: length }
  throw new AppError(
    'NETBOOT_INTERFACE_UNUSABLE',
    `the interface ${name} has no IPv4 address${address === undefined ? '' : ` ${address}`}`,
    `Give it one (\`ip address add 10.77.0.1/24 dev ${name}\`), or name another: \`ip -brief address\` lists them.`,
  )
}
