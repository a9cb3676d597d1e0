// The DHCP service of one interface: datagram in, stages in order, datagram out.
import type { BootPolicy } from '../boot-policy.ts'
import type { NetbootEventLog } from '../events.ts'
import type { LoaderFlavour } from '../loader-path.ts'
import { bootOffer } from './boot-offer.ts'
import { classifyClient, type DhcpClient } from './client.ts'
import { decide } from './decide.ts'
import type { Decision, LeaseChange } from './decision.ts'
import { destinationOf } from './destination.ts'
import { type ForeignServer, ForeignServerWatch } from './foreign-servers.ts'
import { clientMac } from './hardware-address.ts'
import { formatIpv4, formatNetwork, type Ipv4, LIMITED_BROADCAST } from './ipv4.ts'
import type { LeaseStore } from './lease-journal.ts'
import type { Lease, LeaseTable } from './lease-table.ts'
import { OPTION } from './option-codes.ts'
import { readText } from './option-values.ts'
import { type OddOption, oddOptionText } from './options.ts'
import { type DhcpPacket, decodePacket, encodePacket, type MessageName, messageName } from './packet.ts'
import { buildReply } from './reply.ts'
import { pickTable } from './shared-network.ts'
import type { Arrival, DhcpSockets } from './sockets.ts'
import { chooseSubnets } from './subnet-choice.ts'

export interface DhcpServiceDeps {
  readonly interfaceName: string
  readonly mode: 'server' | 'proxy'
  readonly serverIp: Ipv4
  readonly httpBase: string
  readonly ports: { readonly dhcpServer: number; readonly dhcpClient: number }
  /** The interface's own network and those that relays bring. Empty in proxy mode. */
  readonly tables: readonly LeaseTable[]
  readonly journal: LeaseStore
  readonly policy: BootPolicy
  readonly flavourFor: (client: DhcpClient) => LoaderFlavour
  /** A client's packet, whoever it was for. */
  readonly onHeard: (packet: DhcpPacket, mac: string, from: Ipv4) => void
  readonly events: NetbootEventLog
  /** Milliseconds of lease time. */
  readonly now: () => number
  /** An address was taken from this table's stock, or is waited for. */
  readonly onAddressTaken: (table: LeaseTable) => void
}

/** While addresses are being probed; firmware asks again after 4 s anyway. */
const MAX_WAITING = 10_000
/** Odd options: told in one event, and remembered as told. */
const MAX_TOLD = 8
const MAX_REMEMBERED = 1000
const MAX_TEXT = 255

export class DhcpService {
  #deps: DhcpServiceDeps
  #sockets: DhcpSockets | undefined
  /** By table, and by what tells a packet from another one: who asks again waits once. */
  #waiting = new Map<LeaseTable, Map<string, Arrival>>()
  #watch: ForeignServerWatch
  #toldOdd = new Set<string>()

  constructor(deps: DhcpServiceDeps) {
    this.#deps = deps
    this.#watch = new ForeignServerWatch(deps.serverIp)
  }

  attach(sockets: DhcpSockets): void {
    this.#sockets = sockets
  }

  /** Never throws and never rejects, whatever the datagram holds. */
  receive(arrival: Arrival): void {
    this.#answer(arrival).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error)
      this.#emit({ type: 'dhcp.malformed', from: formatIpv4(arrival.from.address), message })
    })
  }

  /** Asks whether another DHCP server is on this network; an answer becomes an event. */
  async lookForOthers(): Promise<void> {
    await this.#sockets?.send(this.#watch.probe(), { address: LIMITED_BROADCAST, port: this.#deps.ports.dhcpServer }, false)
  }

  /** This table has probed addresses again: take up who waits for one, as far as they go. */
  retryWaiting(table: LeaseTable): void {
    const waiting = this.#waiting.get(table) ?? new Map<string, Arrival>()
    const [...entries] = waiting
    for (const [key, arrival] of entries) {
      waiting.delete(key)
      this.receive(arrival)
      // It waits again: nothing is left for those behind it.
      if (waiting.has(key)) return
    }
  }

  #wait(table: LeaseTable | undefined, { arrival, client, packet }: Asked): void {
    if (table === undefined) return
    const waiting = this.#waiting.get(table) ?? new Map<string, Arrival>()
    this.#waiting.set(table, waiting)
    if (waiting.size < MAX_WAITING) waiting.set(`${client.mac} ${packet.transactionId}`, arrival)
    this.#deps.onAddressTaken(table)
  }

  async #answer(arrival: Arrival): Promise<void> {
    const odd: OddOption[] = []
    const packet = decodePacket(arrival.bytes, (one) => odd.push(one))
    const foreign = this.#watch.answerIn(packet)
    if (foreign !== undefined) this.#tellForeign(foreign)
    if (packet.op === 'reply' || this.#watch.isOurProbe(packet)) return
    const client = classifyClient(packet)
    if (odd.length > 0) this.#tellOdd(client, odd)
    this.#deps.onHeard(packet, client.mac, arrival.from.address)
    const message = messageName(packet)
    const asked: Asked = { packet, client, message: message ?? 'bootp', arrival }
    if (message === undefined) return this.#ignore(asked, 'plain BOOTP or an unknown message type')
    if (!this.#deps.policy.mayBoot(client.mac)) return this.#ignore(asked, 'this machine is not served')

    const { mode, serverIp, httpBase, tables, now } = this.#deps
    const { from, isBootServerRequest } = arrival
    const onWire = chooseSubnets(packet, from.address, serverIp, tables)
    const leases = pickTable({ tables: onWire, packet, message, client, now: now() })
    const boot = bootOffer(client, httpBase, this.#deps.flavourFor(client))
    const subnet = leases?.subnet
    const decision = decide({ packet, message, client, boot, serverIp, mode, isBootServerRequest, subnet, leases, now: now() })
    return this.#carryOut(decision, asked, leases)
  }

  async #carryOut(decision: Decision, asked: Asked, leases: LeaseTable | undefined): Promise<void> {
    switch (decision.kind) {
      case 'wait-for-address':
        return this.#wait(leases, asked)
      case 'pool-full':
        this.#emit({ type: 'dhcp.pool-full', network: networkName(leases), mac: asked.client.mac })
        return
      case 'ignore':
        this.#ignore(asked, decision.reason)
        await this.#apply(decision.change, leases, asked.packet)
        return
      case 'reply': {
        // First the whole reply, which a lease without an answer would not help; an ACK leaves only when its lease is on the disk.
        const bytes = encodePacket(this.#build(decision, asked, leases))
        await this.#apply(decision.change, leases, asked.packet)
        await this.#send(bytes, decision, asked)
      }
    }
  }

  #build(decision: ReplyDecision, { packet, client, arrival }: Asked, leases: LeaseTable | undefined): DhcpPacket {
    const { serverIp, mode } = this.#deps
    const hostName = leases?.reservationOf(decision.change?.clientKey ?? client.mac)?.hostName
    const { isBootServerRequest } = arrival
    return buildReply(packet, decision, { serverIp, mode, isBootServerRequest, subnet: leases?.subnet, hostName })
  }

  async #send(bytes: Uint8Array, decision: ReplyDecision, { packet, client, message, arrival }: Asked): Promise<void> {
    const { isBootServerRequest, from } = arrival
    const to = destinationOf({ request: packet, message: decision.message, isBootServerRequest, from, ports: this.#deps.ports })
    const failure = await this.#sockets?.send(bytes, to, isBootServerRequest)
    this.#emit({
      type: 'dhcp.answered',
      mac: client.mac,
      client: client.description,
      asked: message,
      answered: decision.message,
      address: decision.address === 0 ? undefined : formatIpv4(decision.address),
      bootFile: bootFileOf(decision),
      secondsElapsed: packet.secondsElapsed,
      relayAgentIp: packet.relayAgentIp === 0 ? undefined : formatIpv4(packet.relayAgentIp),
      why: [
        decision.why,
        ...whyNoBootFile(decision, client),
        ...(failure === undefined ? [] : [`sending to ${formatIpv4(to.address)} failed: ${failure.message}`]),
      ].join('; '),
    })
  }

  #tellOdd({ mac }: DhcpClient, odd: readonly OddOption[]): void {
    const options = [...new Set(odd.map(oddOptionText))].slice(0, MAX_TOLD)
    const known = `${mac} ${options.join()}`
    if (this.#toldOdd.has(known)) return
    if (this.#toldOdd.size >= MAX_REMEMBERED) this.#toldOdd.clear()
    this.#toldOdd.add(known)
    this.#emit({ type: 'dhcp.odd-option', mac, options })
  }

  #tellForeign({ server, offered, bootFile }: ForeignServer): void {
    const what = offered === 0 ? 'no address' : formatIpv4(offered)
    this.#emit({ type: 'dhcp.foreign-server-seen', server: formatIpv4(server), offered: what, bootFile })
  }

  #ignore({ client, message }: Asked, reason: string): void {
    this.#emit({ type: 'dhcp.ignored', mac: client.mac, client: client.description, asked: message, reason })
  }

  /** Resolves when a lease that must survive is on the disk. */
  async #apply(change: LeaseChange | undefined, table: LeaseTable | undefined, packet: DhcpPacket): Promise<void> {
    if (change === undefined || table === undefined) return
    const { clientKey, address } = change
    const now = this.#deps.now()
    const keep = async (lease: Lease | undefined) => {
      if (lease !== undefined) await this.#deps.journal.append(lease)
    }
    switch (change.do) {
      case 'offer':
        table.offer(clientKey, address, now)
        this.#deps.onAddressTaken(table)
        return
      case 'bind':
        return keep(table.bind(clientKey, address, table.subnet.leaseSeconds, hostNameOf(packet), now, clientMac(packet)))
      case 'release':
        return keep(table.release(clientKey, address, now))
      case 'set-aside':
        this.#emit({ type: 'dhcp.address-declined', mac: clientMac(packet), address: formatIpv4(address) })
        return keep(table.setAside(address, now))
    }
  }

  #emit(happening: DhcpHappening): void {
    this.#deps.events.emit({ ...happening, interfaceName: this.#deps.interfaceName } as Parameters<NetbootEventLog['emit']>[0])
  }
}

type WithoutInterface<T> = T extends { interfaceName: string } ? Omit<T, 'interfaceName'> : never
type DhcpHappening = WithoutInterface<Parameters<NetbootEventLog['emit']>[0]>

type ReplyDecision = Extract<Decision, { kind: 'reply' }>

/** One packet with what is known about it. */
interface Asked {
  readonly packet: DhcpPacket
  readonly client: DhcpClient
  readonly message: MessageName | 'bootp'
  readonly arrival: Arrival
}

function networkName(leases: LeaseTable | undefined): string {
  return leases === undefined ? '' : formatNetwork(leases.subnet.network)
}

/** Of any length on the wire; a name of the domain name system has 255 characters at most. */
function hostNameOf({ options }: DhcpPacket): string | undefined {
  return readText(options, OPTION.hostName)?.slice(0, MAX_TEXT)
}

/** Who asks for a file and gets none is told nothing; whoever looks into the log is. */
function whyNoBootFile({ message, boot }: ReplyDecision, { kind }: DhcpClient): readonly string[] {
  return message === 'nak' || kind === 'ordinary' || boot?.kind !== 'none' ? [] : [`no boot file: ${boot.reason}`]
}

function bootFileOf({ message, boot }: ReplyDecision): string | undefined {
  return message !== 'nak' && boot?.kind === 'boot' ? boot.bootFile : undefined
}
