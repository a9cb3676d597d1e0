// The door of the netboot room: what the appliance starts, stops and listens to.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import type { NodeBoots } from '../contract/boot-steps.ts'
import type { Finding } from '../contract/doctor.ts'
import { AppError } from '../contract/errors.ts'
import { answersScripts, type StandingOf } from './answer-script.ts'
import { BootBook } from './boot-book.ts'
import type { BootPolicy } from './boot-policy.ts'
import { assertConfig } from './check-config.ts'
import { DEFAULT_PORTS, DEFAULT_TFTP_LIMITS, type NetbootConfig } from './config.ts'
import { lookAtDevice } from './device-state.ts'
import { contains, type Ipv4, parseIpv4 } from './dhcp/ipv4.ts'
import { LeaseClock } from './dhcp/lease-clock.ts'
import { LeaseJournal } from './dhcp/lease-journal.ts'
import type { LeaseTable } from './dhcp/lease-table.ts'
import { type AddressProbe, probeByUdp } from './dhcp/prober.ts'
import { diagnose } from './doctor.ts'
import { eventLine, isWarning } from './event-line.ts'
import { type NetbootEvent, NetbootEventLog, type NetbootEvents } from './events.ts'
import { netbootRoutes } from './http/routes.ts'
import { InterfaceService, type OpenOnDevice } from './interface-service.ts'
import { LoaderChoice } from './loader-choice.ts'
import type { LoaderFlavour } from './loader-path.ts'
import { compileLoaderRules } from './loader-rules.ts'
import { HeardAddresses } from './peer/heard-addresses.ts'
import { KernelNeighbours, type NeighbourTable } from './peer/neighbours.ts'
import { BootFiles } from './tftp/boot-files.ts'
import { mayHaveToken, provenMac, type Standing, type StandingFacts } from './token-standing.ts'

export type { BootAnswer, BootClient, BootPolicy, KnownNode } from './boot-policy.ts'
export { configProblems } from './check-config.ts'
export type { ConfigProblem } from './check-subnet.ts'
export type {
  DhcpMode,
  LoaderRule,
  NetbootConfig,
  NetbootInterface,
  NetbootPorts,
  NetbootReservation,
  NetbootSubnet,
  TftpLimits,
} from './config.ts'
export type { NetbootEvent, NetbootEvents } from './events.ts'
export { type HandedSockets, parseListenFds } from './handed-sockets.ts'
export type { NeighbourTable } from './peer/neighbours.ts'
export type { Neighbour, Standing } from './token-standing.ts'

/** What a pino logger has; only these are used. */
export interface NetbootLog {
  info(fields: object, line: string): void
  warn(fields: object, line: string): void
}

export interface NetbootDeps {
  readonly policy: BootPolicy
  readonly log: NetbootLog
  readonly now?: (() => number) | undefined
  /** Milliseconds since some moment before, whatever is done to the machine's clock. */
  readonly elapsed?: (() => number) | undefined
  /** Who has which address on our links; left out, as the kernel says. */
  readonly neighbours?: NeighbourTable | undefined
  /** How to ask whether an address is in use; left out, by a datagram to it. */
  readonly probe?: AddressProbe | undefined
  /** How to open sockets on an interface that was made anew; left out, such an interface needs a restart where sockets were handed over. */
  readonly openOnDevice?: OpenOnDevice | undefined
}

export interface Netboot {
  /** Opens the sockets. Refuses with APPLIANCE_PORT_TAKEN or NETBOOT_INTERFACE_UNUSABLE; nothing stays open then. */
  start(): Promise<void>
  /** Ends transfers, flushes the leases, closes the sockets. May be called twice. */
  stop(): Promise<void>
  readonly httpRoutes: FastifyPluginAsync
  readonly events: NetbootEvents
  /** How a machine with these MACs booted lately. */
  bootsOf(macs: readonly string[]): NodeBoots
  /** Whether every interface is there; events and diagnose() tell which is not, and why. */
  isServing(): boolean
  /** Whether an address is that of a MAC, as the wire says: what a boot token goes by, and whoever shows one from elsewhere. */
  standingOf(mac: string, from: string): Promise<Standing>
  /** The MAC whose address it is, as the wire says; undefined: it says nothing, or it is one of our own. */
  macAt(from: string): Promise<string | undefined>
  /** What the last while says about the network and the machines on it, with what to do. */
  diagnose(): Promise<readonly Finding[]>
}

export function createNetboot(config: NetbootConfig, deps: NetbootDeps): Netboot {
  const {
    policy,
    log,
    now = Date.now,
    elapsed = () => performance.now(),
    probe = probeByUdp,
    openOnDevice = askForRestart,
  } = deps
  const { neighbours = new KernelNeighbours() } = deps
  const events = new NetbootEventLog(now)
  events.subscribe((event) => writeLine(log, event))
  const book = new BootBook()
  events.subscribe((event) => book.note(event))
  const keptSince = new Date(now()).toISOString()
  assertConfig(config.interfaces)
  assertOneBroadcastListener(config)
  const loaderByRule = compileLoaderRules(config.loaders ?? [])
  const loaderChoice = new LoaderChoice({
    // What a person chose goes before what is known.
    preferred: (client) => loaderByRule(client, () => policy.nodeOf?.(client.mac)) ?? policy.loaderFor?.(client.mac),
    elapsed,
    onFallBack: (mac, from, to) => events.emit({ type: 'loader.changed', mac, from, to }),
  })
  const tftpLimits = { ...DEFAULT_TFTP_LIMITS, ...config.tftp }
  const heard = new HeardAddresses(now)
  const seenOf = async (mac: string, from: string): Promise<StandingFacts> => {
    const address = ipv4Of(from)
    const neighbour = await neighbours.at(from, mac)
    const leasedTo = address === undefined ? undefined : leaseHolder(address, mac, tables(), leaseClock.now())
    return { mac, neighbour, leasedTo, heardFrom: address === undefined ? undefined : heard.macAt(address) }
  }
  const standingOf: StandingOf = async (mac, from) => mayHaveToken(await seenOf(mac, from))
  const answerScript = answersScripts({ policy, events, standingOf, onCalledBack: (mac) => loaderChoice.noteCalledBack(mac) })
  const onLoaderFetched = (mac: string, flavour: LoaderFlavour) => loaderChoice.noteFetched(mac, flavour)
  const bootFiles = new BootFiles({ bootDir: config.bootDir, limits: tftpLimits, answerScript, onLoaderFetched })
  const ports = { ...DEFAULT_PORTS, ...config.ports }
  const tables = () => interfaces.flatMap((service) => service.tables)
  const leaseClock = new LeaseClock()
  const journalPath = join(config.stateDir, 'leases.journal')
  const current = () => tables().flatMap((table) => [...table.all()])
  const journal = new LeaseJournal(journalPath, current, leaseClock, (path, line, reason) =>
    events.emit({ type: 'dhcp.lease-lost', path, line, reason }),
  )
  const dhcp = { journal, leaseClock, probe, policy, loaderChoice }
  const devices = { openOnDevice, lookAtDevice }
  const shared = { ...dhcp, ...devices, ports, httpPort: config.httpPort, tftpLimits, bootFiles, events, now, heard }
  const interfaces: readonly InterfaceService[] = config.interfaces.map(
    (one) => new InterfaceService(one, { ...shared, handedFds: config.handedSockets?.[one.name] ?? [] }),
  )

  return {
    events,
    bootsOf: (macs) => ({ keptSince, boots: [...book.boots(macs)] }),
    standingOf,
    macAt: async (from) => provenMac(await seenOf('', from)),
    httpRoutes: netbootRoutes({
      bootDir: config.bootDir,
      httpPort: config.httpPort,
      answerScript,
      events,
      onLoaderFetched,
    }),
    isServing: () => interfaces.every(({ trouble }) => trouble === undefined),
    async diagnose() {
      const files = await readdir(join(config.bootDir, 'loaders')).catch(() => [])
      return diagnose({ events: events.recent(), interfaces, loaders: files, now: now() })
    },
    async start() {
      // Nobody waits for it: a machine that asks before is served as the file comes.
      void bootFiles.readAhead()
      try {
        for (const lease of await journal.load()) restore(lease, tables())
        for (const service of interfaces) await service.start()
      } catch (error) {
        await this.stop()
        throw error
      }
    },
    async stop() {
      await Promise.all(interfaces.map((service) => service.stop()))
      await journal.close()
    },
  }
}

function ipv4Of(text: string): Ipv4 | undefined {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) ? parseIpv4(text) : undefined
}

/** Virtual subnets may have an address each: the one that is this machine's counts. */
function leaseHolder(address: Ipv4, mac: string, tables: readonly LeaseTable[], now: number): string | undefined {
  const leases = tables.flatMap((table) => (contains(table.subnet.network, address) ? (table.leaseAt(address) ?? []) : []))
  const holders = leases
    .filter(({ state, endsAt }) => state === 'bound' && endsAt > now)
    .map((lease) => lease.mac ?? lease.clientKey)
  return holders.find((holder) => holder === mac) ?? holders[0]
}

function restore(lease: Parameters<LeaseTable['restore']>[0], tables: readonly LeaseTable[]): void {
  const isOf = ({ subnet }: LeaseTable) => contains(subnet.network, lease.address) && subnet.virtualSubnet === lease.virtualSubnet
  tables.find(isOf)?.restore(lease)
}

async function askForRestart(name: string): Promise<never> {
  throw new AppError(
    'NETBOOT_INTERFACE_UNUSABLE',
    `${name} was made anew, and the socket that was handed over for it hears nothing any more`,
    'Start the appliance again.',
  )
}

function writeLine(log: NetbootLog, event: NetbootEvent): void {
  const { type, at: _, ...fields } = event
  if (isWarning(event)) log.warn({ event: type, ...fields }, eventLine(event))
  else log.info({ event: type, ...fields }, eventLine(event))
}

/** A broadcast does not tell this process which interface it came in by, unless each interface has a socket of its own. */
function assertOneBroadcastListener({ interfaces, handedSockets = {} }: NetbootConfig): void {
  const answering = interfaces.filter(({ mode }) => mode !== 'off').map(({ name }) => name)
  if (answering.length <= 1 || answering.every((name) => handedSockets[name] !== undefined)) return
  throw new AppError(
    'NETBOOT_INTERFACE_UNUSABLE',
    `DHCP on several interfaces (${answering.join(', ')}) needs one socket for each, tied to its device`,
    'Install the units of setup/systemd, or start it as `platen-sockets eth1=67 eth2=67 -- platen serve`, which needs perl.',
  )
}
