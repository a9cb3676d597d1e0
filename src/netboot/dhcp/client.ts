// Who asks: firmware, loader, or an ordinary system, from one packet. Pure.
import type { Architecture, Firmware } from '../../contract/values.ts'
import { clientMac } from './hardware-address.ts'
import { type IpxeFeatures, ipxeFeatures } from './ipxe-options.ts'
import { OPTION } from './option-codes.ts'
import { readText } from './option-values.ts'
import type { DhcpPacket } from './packet.ts'
import { clientArchitecture, isUBoot, systemUuid } from './pxe-options.ts'
import { type RelayInformation, relayInformation } from './relay-information.ts'

export interface DhcpClient {
  readonly kind: 'pxe' | 'http-boot' | 'ipxe' | 'u-boot' | 'raspberry-pi' | 'ordinary'
  readonly mac: string
  readonly systemUuid: string | undefined
  readonly firmware: Firmware | undefined
  readonly architecture: Architecture | undefined
  /** Set for kind ipxe. */
  readonly ipxe: IpxeFeatures | undefined
  /** Option 60, empty when it is absent. */
  readonly vendorClass: string
  /** What a relay or switch on the way said of where it is. */
  readonly relay: RelayInformation | undefined
  /** For people: "x64 UEFI firmware", "iPXE 1.21.1 on x86 BIOS". */
  readonly description: string
}

/** It goes into the log, and a packet may bring 64 KiB of it. */
const MAX_TEXT = 255

export function classifyClient(packet: DhcpPacket): DhcpClient {
  const mac = clientMac(packet)
  const vendorClass = readText(packet.options, OPTION.vendorClass)?.slice(0, MAX_TEXT) ?? ''
  const architecture = clientArchitecture(packet.options)
  const ipxe = ipxeFeatures(packet.options)
  const shared = {
    mac,
    systemUuid: systemUuid(packet.options),
    firmware: architecture?.firmware,
    architecture: architecture?.architecture,
    ipxe,
    vendorClass,
    relay: relayInformation(packet.options),
  }
  const on = architecture?.name ?? 'unknown firmware'
  if (ipxe !== undefined)
    return { ...shared, kind: 'ipxe', description: `iPXE${ipxe.version === undefined ? '' : ` ${ipxe.version}`} on ${on}` }
  if (vendorClass.startsWith('U-Boot')) return { ...shared, kind: 'u-boot', description: `U-Boot (${vendorClass})` }
  if (isUBoot(architecture?.code)) return { ...shared, kind: 'u-boot', description: on }
  if (vendorClass.startsWith('HTTPClient')) return { ...shared, kind: 'http-boot', description: `${on} firmware` }
  if (!vendorClass.startsWith('PXEClient')) return { ...shared, kind: 'ordinary', description: 'ordinary DHCP client' }
  if (isRaspberryPi(mac, architecture?.code)) return { ...shared, ...RASPBERRY_PI }
  return { ...shared, kind: 'pxe', description: `${on} firmware` }
}

/** Its boot ROM says "x86 BIOS" (0), which no Raspberry Pi ever was; only the maker's MAC prefix tells. */
const RASPBERRY_PI = {
  kind: 'raspberry-pi',
  firmware: undefined,
  architecture: 'arm64',
  description: 'Raspberry Pi boot ROM',
} as const
const RASPBERRY_PI_PREFIXES = new Set(['b8:27:eb', 'dc:a6:32', 'e4:5f:01', 'd8:3a:dd', '2c:cf:67', '28:cd:c1', '88:a2:9e'])
const SAYS_RASPBERRY_PI = 41

function isRaspberryPi(mac: string, architectureCode: number | undefined): boolean {
  if (architectureCode === SAYS_RASPBERRY_PI) return true
  return architectureCode === 0 && RASPBERRY_PI_PREFIXES.has(mac.slice(0, 8))
}
