// What to answer a DHCP packet. Pure: packet, client, leases and time in; answer and lease change out.
import type { BootOffer } from './boot-offer.ts'
import type { DhcpClient } from './client.ts'
import { decideAddress } from './decide-address.ts'
import type { Ipv4 } from './ipv4.ts'
import type { LeaseView } from './lease-table.ts'
import { OPTION } from './option-codes.ts'
import { readIpv4 } from './option-values.ts'
import type { DhcpPacket, MessageName } from './packet.ts'
import type { Subnet } from './subnet.ts'

export type Decision =
  | { readonly kind: 'ignore'; readonly reason: string; readonly change?: LeaseChange | undefined }
  /** The first free addresses are still being probed: decide again when one is. */
  | { readonly kind: 'wait-for-address' }
  | { readonly kind: 'pool-full' }
  | {
      readonly kind: 'reply'
      readonly message: 'offer' | 'ack' | 'nak'
      /** yiaddr; 0 when no address is given. */
      readonly address: Ipv4
      readonly leaseSeconds: number | undefined
      readonly boot: BootOffer | undefined
      readonly change: LeaseChange | undefined
      readonly why: string
    }

export type LeaseChange =
  | { readonly do: 'offer' | 'bind' | 'release'; readonly clientKey: string; readonly address: Ipv4 }
  | { readonly do: 'set-aside'; readonly clientKey: string; readonly address: Ipv4 }

export interface DecideInput {
  readonly packet: DhcpPacket
  readonly message: MessageName
  readonly client: DhcpClient
  readonly boot: BootOffer
  readonly serverIp: Ipv4
  readonly mode: 'server' | 'proxy'
  /** Came to the port of proxyDHCP: the client has an address and asks only for its boot file. */
  readonly isBootServerRequest: boolean
  /** undefined when the client's network is none of ours. */
  readonly subnet: Subnet | undefined
  readonly leases: LeaseView | undefined
  readonly now: number
}

export function decide(input: DecideInput): Decision {
  if (input.isBootServerRequest) return decideBootServer(input)
  return input.mode === 'proxy' ? decideProxy(input) : decideAddress(input)
}

/** Beside the site's own DHCP server: no address ever, and a word only to those who boot. */
function decideProxy({ message, boot }: DecideInput): Decision {
  if (boot.kind === 'none') return { kind: 'ignore', reason: boot.reason }
  if (message !== 'discover') return { kind: 'ignore', reason: `a ${message} is for the server that gives the address` }
  return bootOnly('offer', boot, 'proxy offer beside the site’s DHCP server')
}

/** Port 4011 (PXE 2.1 §2.2.5): firmware asks with REQUEST, some of it with DISCOVER or INFORM. */
function decideBootServer({ packet, message, boot, serverIp }: DecideInput): Decision {
  if (boot.kind === 'none') return { kind: 'ignore', reason: boot.reason }
  if (message !== 'request' && message !== 'discover' && message !== 'inform')
    return { kind: 'ignore', reason: `a ${message} on port 4011` }
  const asked = readIpv4(packet.options, OPTION.serverId)
  if (asked !== undefined && asked !== serverIp) return { kind: 'ignore', reason: 'meant for another boot server' }
  return bootOnly('ack', boot, 'boot server request on port 4011')
}

function bootOnly(message: 'offer' | 'ack', boot: BootOffer, why: string): Decision {
  return { kind: 'reply', message, address: 0, leaseSeconds: undefined, boot, change: undefined, why }
}
