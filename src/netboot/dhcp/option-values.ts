// What the bytes of one option mean: numbers, addresses, text; and how a configuration writes them. Pure.
import { Buffer } from 'node:buffer'
import { AppError } from '../../contract/errors.ts'
import { type Ipv4, ipv4Bytes, parseIpv4 } from './ipv4.ts'
import { optionKind, optionName } from './option-codes.ts'
import type { DhcpOptions } from './options.ts'

/** undefined when the option is absent or too short to mean anything; of a longer one the first bytes count. */
export function readU8(options: DhcpOptions, code: number): number | undefined {
  return fixed(options, code, 1)?.[0]
}

export function readU16(options: DhcpOptions, code: number): number | undefined {
  const value = fixed(options, code, 2)
  return value === undefined ? undefined : value[0]! * 256 + value[1]!
}

export function readIpv4(options: DhcpOptions, code: number): Ipv4 | undefined {
  const value = fixed(options, code, 4)
  return value === undefined ? undefined : ((value[0]! << 24) | (value[1]! << 16) | (value[2]! << 8) | value[3]!) >>> 0
}

/** Text up to its first NUL: several firmwares count the terminator in. */
export function readText(options: DhcpOptions, code: number): string | undefined {
  const value = options.get(code)
  return value === undefined ? undefined : textOf(value)
}

export function textOf(value: Uint8Array): string {
  const end = value.indexOf(0)
  return latin1(end === -1 ? value : value.subarray(0, end))
}

export function textBytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}

export function u16Bytes(value: number): Uint8Array {
  return Uint8Array.of((value >>> 8) & 255, value & 255)
}

export function u32Bytes(value: number): Uint8Array {
  return Uint8Array.of((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)
}

/** An option as a configuration writes it: by its kind, or any bytes as 0x… */
export function parseOptionValue(code: number, text: string): Uint8Array {
  if (/^0x([0-9a-f]{2})*$/i.test(text)) return Buffer.from(text.slice(2), 'hex')
  const kind = optionKind(code)
  switch (kind) {
    case 'flag':
      return Uint8Array.of(wholeNumber(code, text, 1))
    case 'u8':
      return Uint8Array.of(wholeNumber(code, text, 0xff))
    case 'u16':
      return u16Bytes(wholeNumber(code, text, 0xffff))
    case 'u32':
      return u32Bytes(wholeNumber(code, text, 0xffffffff))
    case 'ip':
      return ipv4Bytes(parseIpv4(text))
    case 'ips':
      return ipv4Bytes(...text.split(/[\s,]+/).map(parseIpv4))
    case 'text':
      return textBytes(text)
    case 'bytes':
      throw new AppError(
        'NETBOOT_CONFIG_INVALID',
        `option ${code} (${optionName(code)}) cannot be written as "${text}"`,
        'Write its bytes in hex, in quotes: "0x0a4d0001"',
      )
  }
}

function wholeNumber(code: number, text: string, max: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= max) return value
  throw new AppError(
    'NETBOOT_CONFIG_INVALID',
    `option ${code} (${optionName(code)}) is "${text}", not a whole number up to ${max}`,
    'Write the number in decimal, or its bytes in hex: 0x05dc',
  )
}

function fixed(options: DhcpOptions, code: number, lengthBytes: number): Uint8Array | undefined {
  const value = options.get(code)
  return value === undefined || value.length < lengthBytes ? undefined : value
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
