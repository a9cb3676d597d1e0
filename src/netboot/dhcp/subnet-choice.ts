// Whose network a packet comes from. Pure.
import { contains, type Ipv4 } from './ipv4.ts'
import type { LeaseTable } from './lease-table.ts'
import { OPTION } from './option-codes.ts'
import { readIpv4 } from './option-values.ts'
import type { DhcpPacket } from './packet.ts'
import { relayInformation } from './relay-information.ts'

/**
 * The relay's link selection (RFC 3527), else the client's subnet selection (RFC 3011), else the relay's own address; without a
 * relay the network of this interface, unless the client writes from an address that it has in another one.
 */
export function chooseSubnet(
  packet: DhcpPacket,
  from: Ipv4,
  serverIp: Ipv4,
  tables: readonly LeaseTable[],
): LeaseTable | undefined {
  const relay = relayInformation(packet.options)
  const own = ofVirtualSubnet(relay?.virtualSubnet, tables)
  const named = relay?.linkSelection ?? subnetSelection(packet)
  if (named !== undefined) return holding(named, own)
  if (packet.relayAgentIp !== 0) return holding(packet.relayAgentIp, own)
  // Renewals go straight to the server, past the relay.
  if (packet.clientIp !== 0 && from === packet.clientIp) return holding(packet.clientIp, own) ?? holding(serverIp, own)
  return holding(serverIp, own)
}

/** Only of its own size: a network that nobody means would leave the client without an answer. */
function subnetSelection({ options }: DhcpPacket): Ipv4 | undefined {
  return options.get(OPTION.subnetSelection)?.length === 4 ? readIpv4(options, OPTION.subnetSelection) : undefined
}

/** The subnet that a packet comes from, first, and all others on the same wire. */
export function chooseSubnets(...chosenBy: Parameters<typeof chooseSubnet>): readonly LeaseTable[] {
  const chosen = chooseSubnet(...chosenBy)
  if (chosen === undefined) return []
  const { sharedNetwork, virtualSubnet } = chosen.subnet
  const [, , , tables] = chosenBy
  const isBeside = ({ subnet }: LeaseTable) =>
    sharedNetwork !== undefined && subnet.sharedNetwork === sharedNetwork && subnet.virtualSubnet === virtualSubnet
  return [chosen, ...tables.filter((table) => table !== chosen && isBeside(table))]
}

/** Addresses mean other hosts in another virtual subnet (RFC 6607). One that nobody set here is none to us. */
function ofVirtualSubnet(name: string | undefined, tables: readonly LeaseTable[]): readonly LeaseTable[] {
  const named = name === undefined ? [] : tables.filter(({ subnet }) => subnet.virtualSubnet === name)
  return named.length > 0 ? named : tables.filter(({ subnet }) => subnet.virtualSubnet === undefined)
}

function holding(address: Ipv4, tables: readonly LeaseTable[]): LeaseTable | undefined {
  return tables.find(({ subnet }) => contains(subnet.network, address))
}
