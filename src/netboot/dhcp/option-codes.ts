// The options that this server reads, writes or names (IANA registry "BOOTP Vendor Extensions and DHCP Options"). Pure data.

export const OPTION = {
  pad: 0,
  subnetMask: 1,
  router: 3,
  dnsServer: 6,
  hostName: 12,
  domainName: 15,
  rootPath: 17,
  broadcastAddress: 28,
  ntpServer: 42,
  vendorSpecific: 43,
  requestedIp: 50,
  leaseSeconds: 51,
  overload: 52,
  messageType: 53,
  serverId: 54,
  parameterList: 55,
  message: 56,
  maxMessageBytes: 57,
  renewalSeconds: 58,
  rebindingSeconds: 59,
  vendorClass: 60,
  clientId: 61,
  tftpServerName: 66,
  bootFile: 67,
  userClass: 77,
  relayAgentInformation: 82,
  clientArchitecture: 93,
  networkInterface: 94,
  machineId: 97,
  subnetSelection: 118,
  ipxe: 175,
  end: 255,
} as const

/** How an option's value is written in a configuration. */
export type OptionKind = 'flag' | 'u8' | 'u16' | 'u32' | 'ip' | 'ips' | 'text' | 'bytes'

const KINDS: Readonly<Record<number, readonly [name: string, kind: OptionKind]>> = {
  1: ['subnet mask', 'ip'],
  2: ['time offset', 'u32'],
  3: ['router', 'ips'],
  4: ['time server', 'ips'],
  6: ['DNS server', 'ips'],
  7: ['log server', 'ips'],
  9: ['LPR server', 'ips'],
  12: ['host name', 'text'],
  15: ['domain name', 'text'],
  17: ['root path', 'text'],
  19: ['IP forwarding', 'flag'],
  23: ['default TTL', 'u8'],
  26: ['interface MTU', 'u16'],
  28: ['broadcast address', 'ip'],
  31: ['router discovery', 'flag'],
  33: ['static routes', 'ips'],
  40: ['NIS domain', 'text'],
  41: ['NIS servers', 'ips'],
  42: ['NTP server', 'ips'],
  43: ['vendor specific', 'bytes'],
  44: ['NetBIOS name server', 'ips'],
  46: ['NetBIOS node type', 'u8'],
  47: ['NetBIOS scope', 'text'],
  50: ['requested address', 'ip'],
  51: ['lease time', 'u32'],
  53: ['message type', 'u8'],
  54: ['server identifier', 'ip'],
  55: ['parameter request list', 'bytes'],
  56: ['message', 'text'],
  57: ['maximum message size', 'u16'],
  58: ['renewal time', 'u32'],
  59: ['rebinding time', 'u32'],
  60: ['vendor class', 'text'],
  61: ['client identifier', 'bytes'],
  66: ['TFTP server name', 'text'],
  67: ['boot file', 'text'],
  69: ['SMTP server', 'ips'],
  77: ['user class', 'bytes'],
  82: ['relay agent information', 'bytes'],
  93: ['client architecture', 'bytes'],
  94: ['network interface', 'bytes'],
  97: ['machine id', 'bytes'],
  100: ['POSIX time zone', 'text'],
  101: ['TZ database name', 'text'],
  108: ['IPv6-only preferred', 'u32'],
  114: ['captive portal', 'text'],
  118: ['subnet selection', 'ip'],
  119: ['domain search', 'bytes'],
  121: ['classless static routes', 'bytes'],
  138: ['CAPWAP servers', 'ips'],
  150: ['TFTP server address', 'ips'],
  175: ['iPXE', 'bytes'],
  224: ['directories of appliances', 'text'],
  252: ['proxy auto-discovery', 'text'],
}

export function optionName(code: number): string {
  return KINDS[code]?.[0] ?? 'unnamed'
}

export function optionKind(code: number): OptionKind {
  return KINDS[code]?.[1] ?? 'bytes'
}

/** Options of a client that mean nothing below this size. */
const LEAST_BYTES: Readonly<Record<number, number>> = {
  [OPTION.requestedIp]: 4,
  [OPTION.leaseSeconds]: 4,
  [OPTION.overload]: 1,
  [OPTION.messageType]: 1,
  [OPTION.serverId]: 4,
  [OPTION.maxMessageBytes]: 2,
  [OPTION.clientArchitecture]: 2,
  [OPTION.networkInterface]: 3,
  [OPTION.machineId]: 17,
  [OPTION.subnetSelection]: 4,
}

/** undefined: of any size. */
export function leastBytesOf(code: number): number | undefined {
  return LEAST_BYTES[code]
}
