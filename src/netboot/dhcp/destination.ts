// Where a reply goes (RFC 2131 §4.1). Pure.
import { type Ipv4, LIMITED_BROADCAST } from './ipv4.ts'
import type { DhcpPacket } from './packet.ts'
import { relayInformation } from './relay-information.ts'

export interface Endpoint {
  readonly address: Ipv4
  readonly port: number
}

export interface DestinationInput {
  readonly request: DhcpPacket
  readonly message: 'offer' | 'ack' | 'nak'
  readonly isBootServerRequest: boolean
  readonly from: Endpoint
  readonly ports: { readonly dhcpServer: number; readonly dhcpClient: number }
}

export function destinationOf({ request, message, isBootServerRequest, from, ports }: DestinationInput): Endpoint {
  // The relay listens where servers do, whatever port it sent from, unless it says otherwise (RFC 8357).
  if (request.relayAgentIp !== 0) {
    const hasOwnPort = relayInformation(request.options)?.hasOwnPort ?? false
    return { address: request.relayAgentIp, port: hasOwnPort ? from.port : ports.dhcpServer }
  }
  // Who asks port 4011 has an address and is spoken to as any UDP client; EDK2 asks from port 68, some ROMs from 4011.
  if (isBootServerRequest && from.address !== 0) return from
  if (message !== 'nak' && request.clientIp !== 0) return { address: request.clientIp, port: ports.dhcpClient }
  // Without the broadcast flag the RFC would have a unicast frame to a client that cannot answer ARP yet. That takes a raw
  // socket, which Node has not; a broadcast reaches the same client (README.md, departures).
  return { address: LIMITED_BROADCAST, port: ports.dhcpClient }
}
