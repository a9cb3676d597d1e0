// iPXE's own option 175: what a loader can do, and what it is told (ipxe.org/howto/dhcpd). Pure.
import { OPTION } from './option-codes.ts'
import { textOf } from './option-values.ts'
import { type DhcpOptions, decodeOptions, encodeOptions } from './options.ts'

const VERSION = 235
const NO_PROXY_DHCP = 176
const FEATURE_NAMES: Readonly<Record<number, string>> = {
  16: 'pxe-ext',
  17: 'iscsi',
  18: 'aoe',
  19: 'http',
  20: 'https',
  21: 'tftp',
  22: 'ftp',
  23: 'dns',
  24: 'bzimage',
  25: 'multiboot',
  32: 'nbi',
  33: 'pxe',
  34: 'elf',
  35: 'comboot',
  36: 'efi',
  37: 'fcoe',
  38: 'vlan',
  39: 'menu',
  40: 'sdi',
  41: 'nfs',
}

export interface IpxeFeatures {
  /** 1.21.1, or undefined when it did not say. */
  readonly version: string | undefined
  readonly names: ReadonlySet<string>
}

/** undefined when whoever asks is not iPXE: neither user class 77 nor a feature list of option 175 says so. */
export function ipxeFeatures(options: DhcpOptions): IpxeFeatures | undefined {
  const encapsulated = options.get(OPTION.ipxe)
  if (encapsulated === undefined) return userClassIsIpxe(options) ? { version: undefined, names: new Set() } : undefined
  // Other programs use option 175 too (it is in no registry): one without a feature that is known is not iPXE's.
  const features = decodeOptions(encapsulated)
  const names = [...features.keys()].map((code) => FEATURE_NAMES[code]).filter((name) => name !== undefined)
  if (names.length === 0 && !userClassIsIpxe(options)) return undefined
  const version = features.get(VERSION)
  return { version: version?.length === 3 ? version.join('.') : undefined, names: new Set(names) }
}

/** Told to iPXE so that it does not wait three seconds for an offer of another server. */
export function noProxyDhcp(): Uint8Array {
  return encodeOptions(new Map([[NO_PROXY_DHCP, Uint8Array.of(1)]]))
}

/** Plain text as iPXE sends it, or length-prefixed strings as RFC 3004 has it. What follows the name does not hide it. */
function userClassIsIpxe(options: DhcpOptions): boolean {
  const value = options.get(OPTION.userClass)
  if (value === undefined) return false
  if (textOf(value).startsWith(IPXE)) return true
  for (let at = 0; at < value.length; at += 1 + value[at]!) {
    if (value[at] === IPXE.length && textOf(value.subarray(at + 1, at + 1 + IPXE.length)) === IPXE) return true
  }
  return false
}

const IPXE = 'iPXE'
