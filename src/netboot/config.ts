// What this room is told at its start. Pure types with their defaults; the appliance's schema fills them.
import type { Architecture, Firmware } from '../contract/values.ts'
import type { HandedSockets } from './handed-sockets.ts'

/** server: hands out addresses. proxy: only boot answers, beside the site's own DHCP server. off: TFTP and HTTP only. */
export type DhcpMode = 'server' | 'proxy' | 'off'

export interface NetbootConfig {
  /** Holds loaders/, builds/ARCHITECTURE/NUMBER/, and the builds in use as x64/ and arm64/. */
  readonly bootDir: string
  /** Where the lease journal lives. Made when missing. */
  readonly stateDir: string
  /** The port of the one HTTP server, for the addresses that machines are sent to. */
  readonly httpPort: number
  readonly interfaces: readonly NetbootInterface[]
  readonly ports?: Partial<NetbootPorts> | undefined
  readonly tftp?: Partial<TftpLimits> | undefined
  /** Loaders that people chose; the first rule that matches a machine counts. */
  readonly loaders?: readonly LoaderRule[] | undefined
  /** Sockets that a parent tied to an interface and handed over, as parseListenFds gives them. */
  readonly handedSockets?: HandedSockets | undefined
}

export interface NetbootInterface {
  /** As the kernel names it: eth0. */
  readonly name: string
  readonly mode: DhcpMode
  /** Ours on this interface; left out, its first IPv4 address. */
  readonly address?: string | undefined
  readonly prefixLength?: number | undefined
  /**
   * Server mode. Left out or empty: the interface's own network, its upper half handed out. The one that holds our address is the
   * interface's own; all others are reached through relays.
   */
  readonly subnets?: readonly NetbootSubnet[] | undefined
  /** Relays whose word counts for addresses that another server gave: what they hear proves machines that are behind them. */
  readonly trustedRelays?: readonly string[] | undefined
}

export interface NetbootSubnet {
  /** 10.77.0.0/24 */
  readonly network: string
  /** First and last address that may be handed out. Left out: the upper half of the network. */
  readonly ranges?: readonly { readonly first: string; readonly last: string }[] | undefined
  readonly leaseSeconds?: number | undefined
  readonly routers?: readonly string[] | undefined
  readonly dnsServers?: readonly string[] | undefined
  readonly domainName?: string | undefined
  readonly ntpServers?: readonly string[] | undefined
  /** Any other option by number: text, or bytes as hex with the prefix 0x. */
  readonly options?: Readonly<Record<string, string>> | undefined
  readonly reservations?: readonly NetbootReservation[] | undefined
  /** Answer for addresses that this server has no record of (RFC 2131 §4.3.2 asks for silence). Default false. */
  readonly isAuthoritative?: boolean | undefined
  /** Ask the network whether somebody holds an address before it is first offered. Default true. */
  readonly probesAddresses?: boolean | undefined
  /** Subnets of one interface with the same name here are on one wire: when one has no address left, the next one gives. */
  readonly sharedNetwork?: string | undefined
  /** For the clients of this virtual subnet alone, as their relay names it (RFC 6607). Text, or bytes as hex with the prefix 0x. */
  readonly virtualSubnet?: string | undefined
}

/**
 * One address kept for one machine: mac, clientId (hex) or node (its name) says which. Or for whatever is behind a port of a switch:
 * circuitId and remoteId as the relay writes them, one or both.
 */
export interface NetbootReservation {
  readonly address: string
  readonly mac?: string | undefined
  readonly clientId?: string | undefined
  /** Whatever network card it comes by. Its cards share the address: the last one to ask has it. */
  readonly node?: string | undefined
  /** Text, or bytes as hex with the prefix 0x. */
  readonly circuitId?: string | undefined
  readonly remoteId?: string | undefined
  /** Left out: for a node its name, for others none. */
  readonly hostName?: string | undefined
}

/** A loader for the machines that fit all that is said; * in a text stands for anything. */
export interface LoaderRule {
  readonly loader: 'snponly' | 'ipxe' | 'shim'
  /** The first bytes of the MAC: 3c:ec:ef */
  readonly macPrefix?: string | undefined
  readonly firmware?: Firmware | undefined
  readonly architecture?: Architecture | undefined
  /** DHCP option 60: PXEClient:Arch:00007:* */
  readonly vendorClass?: string | undefined
  /** What relays and switches say of where it is; bytes that are no text as 0x… */
  readonly circuitId?: string | undefined
  readonly remoteId?: string | undefined
  /** As SMBIOS names the machine; known once it was enrolled. */
  readonly manufacturer?: string | undefined
  readonly product?: string | undefined
}

export interface NetbootPorts {
  readonly dhcpServer: number
  readonly dhcpClient: number
  readonly proxyDhcp: number
  readonly tftp: number
}

export interface TftpLimits {
  readonly maxTransfers: number
  readonly maxTransfersPerClient: number
  readonly maxFileBytes: number
  readonly cacheBytes: number
  readonly maxBlockBytes: number
  readonly maxWindowBlocks: number
  /** Answer every transfer from port 69 itself, for firewalls that cannot follow a new port. */
  readonly isSinglePort: boolean
}

export const DEFAULT_PORTS: NetbootPorts = { dhcpServer: 67, dhcpClient: 68, proxyDhcp: 4011, tftp: 69 }

export const DEFAULT_TFTP_LIMITS: TftpLimits = {
  maxTransfers: 1000,
  maxTransfersPerClient: 8,
  maxFileBytes: 256 * 1024 * 1024,
  cacheBytes: 512 * 1024 * 1024,
  // A datagram that fits an Ethernet frame: 1500 less IP (20), UDP (8) and TFTP (4). Fragments are what firmware drops.
  maxBlockBytes: 1468,
  maxWindowBlocks: 64,
  isSinglePort: false,
}
