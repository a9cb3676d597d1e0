// IPv4 addresses and networks as unsigned numbers, the form in which they are compared and counted. Pure.
import { AppError } from '../../contract/errors.ts'

/** 10.77.0.1 is 0x0a4d0001. */
export type Ipv4 = number

export const UNSPECIFIED: Ipv4 = 0
export const LIMITED_BROADCAST: Ipv4 = 0xffffffff

export interface Network {
  readonly base: Ipv4
  readonly prefixLength: number
}

export function parseIpv4(text: string): Ipv4 {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) {
    throw new AppError(
      'NETBOOT_CONFIG_INVALID',
      `"${text}" is not an IPv4 address`,
      'Write four numbers from 0 to 255: 10.77.0.1',
    )
  }
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0)
}

export function formatIpv4(address: Ipv4): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`
}

export function parseNetwork(text: string): Network {
  const [address = '', length = ''] = text.split('/')
  const prefixLength = Number(length)
  if (length === '31' || length === '32') throw noRoom(text)
  if (!/^\d{1,2}$/.test(length) || prefixLength > LONGEST_PREFIX) {
    throw new AppError(
      'NETBOOT_CONFIG_INVALID',
      `"${text}" is not a network`,
      'Write address and prefix length, 30 at most: 10.77.0.0/24',
    )
  }
  return networkOf(parseIpv4(address), prefixLength)
}

/** Nothing but its own two addresses, or one. */
export const LONGEST_PREFIX = 30

function noRoom(text: string): AppError {
  return new AppError(
    'NETBOOT_CONFIG_INVALID',
    `"${text}" has no address for a machine: it holds ${text.endsWith('/32') ? 'one host' : 'the two ends of a link'}; one of /30 or wider has`,
    'Write the network that the machines are in, with a prefix length of 30 at most: 10.77.0.0/24',
  )
}

export function networkOf(address: Ipv4, prefixLength: number): Network {
  return { base: (address & maskOf(prefixLength)) >>> 0, prefixLength }
}

export function maskOf(prefixLength: number): Ipv4 {
  return prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0
}

export function broadcastOf({ base, prefixLength }: Network): Ipv4 {
  return (base | ~maskOf(prefixLength)) >>> 0
}

export function contains({ base, prefixLength }: Network, address: Ipv4): boolean {
  return (address & maskOf(prefixLength)) >>> 0 === base
}

export function formatNetwork({ base, prefixLength }: Network): string {
  return `${formatIpv4(base)}/${prefixLength}`
}

export function ipv4Bytes(...addresses: readonly Ipv4[]): Uint8Array {
  const bytes = new Uint8Array(addresses.length * 4)
  let at = 0
  for (const address of addresses) {
    bytes[at++] = address >>> 24
    bytes[at++] = address >>> 16
    bytes[at++] = address >>> 8
    bytes[at++] = address
  }
  return bytes
}
