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
  const named = relayInformation(packet.options)?.linkSelection ?? readIpv4(packet.options, OPTION.subnetSelection)
  if (named !== undefined) return holding(named, tables)
  if (packet.relayAgentIp !== 0) return holding(packet.relayAgentIp, tables)
  // Renewals go straight to the server, past the relay.
  if (packet.clientIp !== 0 && from === packet.clientIp) return holding(packet.clientIp, tables) ?? holding(serverIp, tables)
  return holding(serverIp, tables)
}

function holding(address: Ipv4, tables: readonly LeaseTable[]): LeaseTable | undefined {
  return tables.find(({ subnet }) => contains(subnet.network, address))
}
