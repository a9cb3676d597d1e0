// All that is served on one interface: DHCP in its mode, and TFTP. Opens sockets, reads the kernel's list of interfaces.
import type { Socket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import { AppError } from '../contract/errors.ts'
import type { BootPolicy } from './boot-policy.ts'
import type { DhcpMode, NetbootInterface, NetbootPorts, TftpLimits } from './config.ts'
import type { LookAtDevice } from './device-state.ts'
import { formatIpv4, formatNetwork, LONGEST_PREFIX, networkOf, parseIpv4 } from './dhcp/ipv4.ts'
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
import type { HeardAddresses } from './peer/heard-addresses.ts'
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
  /** Told of each packet; it knows what to believe. */
  readonly heard: HeardAddresses
  /** File descriptors of sockets tied to this interface. */
  readonly handedFds: readonly number[]
  readonly openOnDevice: OpenOnDevice
  readonly lookAtDevice: LookAtDevice
}

/** Opens sockets that are tied to a device, as those were that were handed over; by port. */
export type OpenOnDevice = (name: string, ports: readonly number[]) => Promise<ReadonlyMap<number, Socket>>

const LOOK_AGAIN_MS = 10 * 60_000
/** Well before firmware asks for the second time. */
const WATCH_MS = 1000
/** Looks between two tries to open what could not be opened: each may start programs. */
const LOOKS_BETWEEN_TRIES = 10

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
  #dhcp: DhcpService | undefined
  #othersTimer: NodeJS.Timeout | undefined
  #watchTimer: NodeJS.Timeout | undefined
  #watching: Promise<void> = Promise.resolve()
  #deviceIndex: number | undefined
  /** Ports of the sockets that were handed over. */
  #handedPorts: readonly number[] = []
  #trouble: string | undefined
  #looksToWait = 0

  constructor(config: NetbootInterface, deps: InterfaceDeps) {
    const { address, prefixLength } = addressOf(config)
    this.name = config.name
    this.mode = config.mode
    this.address = address
    this.#config = config
    this.#deps = deps
    const nodeNameOf = (mac: string) => deps.policy.nodeOf?.(mac)?.name
    if (config.mode === 'server' && !config.subnets?.length && prefixLength > LONGEST_PREFIX)
      throw noRoom(config.name, address, prefixLength)
    const own = { network: formatNetwork(networkOf(parseIpv4(address), prefixLength)) }
    const subnets = config.mode !== 'server' ? [] : config.subnets?.length ? config.subnets : [own]
    this.tables = subnets.map((subnet) => new LeaseTable(compileSubnet(subnet, parseIpv4(address)), nodeNameOf))
  }

  /** Why nobody is served here at the moment; undefined when all is well. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  /** The leases are in the tables by now. */
  async start(): Promise<void> {
    const { events, handedFds, lookAtDevice } = this.#deps
    const handed = await openHanded(handedFds)
    this.#handedPorts = [...handed.keys()]
    const { mode } = this.#config
    if (mode !== 'off') this.#dhcp = this.#makeService(mode)
    await this.#open(handed)
    this.#deviceIndex = (await lookAtDevice(this.name, this.address)).index
    if (this.#dhcp !== undefined) {
      this.#startProbing(this.#dhcp)
      this.#lookForOthers(this.#dhcp)
    }
    this.#watchTimer = setInterval(() => {
      this.#watching = this.#watching.then(() => this.#lookAtDevice())
    }, WATCH_MS).unref()
    events.emit({ type: 'dhcp.started', interfaceName: this.name, mode, address: this.address })
  }

  async stop(): Promise<void> {
    clearInterval(this.#watchTimer)
    clearInterval(this.#othersTimer)
    await this.#watching
    await this.#close()
    await Promise.all([...this.#probers.values()].map((prober) => prober.stop()))
  }

  async #open(handed: ReadonlyMap<number, Socket>): Promise<void> {
    const { ports, tftpLimits, events, now, bootFiles, httpPort } = this.#deps
    const base = httpBase(this.address, httpPort)
    const read = (name: string, from: string) => bootFiles.read(name, { from, httpBase: base })
    const socket = handed.get(ports.tftp)
    this.#tftp = new TftpServer({ address: this.address, port: ports.tftp, socket, limits: tftpLimits, read, events, now })
    await this.#tftp.start()
    const service = this.#dhcp
    if (service === undefined) return
    const onArrival = (arrival: Arrival) => service.receive(arrival)
    this.#sockets = await openDhcpSockets({ address: this.address, ports, onArrival, handed })
    service.attach(this.#sockets)
  }

  async #close(): Promise<void> {
    const [sockets, tftp] = [this.#sockets, this.#tftp]
    this.#sockets = undefined
    this.#tftp = undefined
    await Promise.all([sockets?.close(), tftp?.stop()])
  }

  /**
   * A socket that is tied to a device hears nothing any more once that device was deleted, though one of the same name is made anew
   * (a bridge, a VLAN, a USB card): then everything is opened anew.
   */
  async #lookAtDevice(): Promise<void> {
    const { index, missing } = await this.#deps.lookAtDevice(this.name, this.address)
    if (missing !== undefined) {
      this.#looksToWait = 0
      return this.#setTrouble(missing)
    }
    // Sockets stay right while only the address comes and goes.
    const isTold = index !== undefined && this.#deviceIndex !== undefined
    const isSame = isTold ? index === this.#deviceIndex : this.#trouble === undefined
    if (isSame && this.#tftp !== undefined) {
      this.#deviceIndex ??= index
      return this.#setTrouble(undefined)
    }
    if (this.#looksToWait-- > 0) return
    if (this.#sockets !== undefined || this.#tftp !== undefined) this.#setTrouble('it was made anew and is being opened')
    await this.#close()
    try {
      const ports = this.#handedPorts
      await this.#open(ports.length === 0 ? new Map() : await this.#deps.openOnDevice(this.name, ports))
      this.#deviceIndex = index
      this.#looksToWait = 0
      this.#setTrouble(undefined)
    } catch (error) {
      this.#looksToWait = LOOKS_BETWEEN_TRIES
      await this.#close()
      this.#setTrouble(error instanceof Error ? error.message : String(error))
    }
  }

  #setTrouble(reason: string | undefined): void {
    if (reason === this.#trouble) return
    this.#trouble = reason
    const where = { interfaceName: this.name, address: this.address }
    const { events } = this.#deps
    events.emit(
      reason === undefined ? { type: 'dhcp.interface-back', ...where } : { type: 'dhcp.interface-lost', ...where, reason },
    )
  }

  #makeService(mode: 'server' | 'proxy'): DhcpService {
    const { ports, httpPort, journal, policy, events, leaseClock, loaderChoice } = this.#deps
    const trustedRelays = new Set((this.#config.trustedRelays ?? []).map(parseIpv4))
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
      onHeard: (packet, mac, from) => this.#deps.heard.note(packet, mac, from, trustedRelays),
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
    this.#othersTimer = setInterval(() => void service.lookForOthers(), LOOK_AGAIN_MS).unref()
  }
}

function noRoom(name: string, address: string, prefixLength: number): AppError {
  return new AppError(
    'NETBOOT_INTERFACE_UNUSABLE',
    `the interface ${name} has the address ${address}/${prefixLength}: in that network there is none for a machine`,
    `Give it one of a wider network (\`ip address add ${address}/24 dev ${name}\`), name the subnets that relays bring, or take mode proxy or off.`,
  )
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
