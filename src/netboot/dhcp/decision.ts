// What a DHCP answer depends on, and what it can be. Pure: types only.
import type { BootOffer } from './boot-offer.ts'
import type { DhcpClient } from './client.ts'
import type { Ipv4 } from './ipv4.ts'
import type { LeaseView } from './lease-table.ts'
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

export interface LeaseChange {
  readonly do: 'offer' | 'bind' | 'release' | 'set-aside'
  readonly clientKey: string
  readonly address: Ipv4
}

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
