// What PXE and UEFI firmware tell about themselves: options 60, 93, 94, 97 (RFC 4578) and the menu of option 43 (PXE 2.1). Pure.
import type { Architecture, Firmware } from '../../contract/values.ts'
import { OPTION } from './option-codes.ts'
import { readText } from './option-values.ts'
import { type DhcpOptions, encodeOptions } from './options.ts'

export interface ClientArchitecture {
  readonly code: number
  readonly name: string
  readonly firmware: Firmware | undefined
  readonly architecture: Architecture | undefined
  readonly isHttpBoot: boolean
}

type Row = readonly [name: string, firmware?: Firmware | undefined, architecture?: Architecture | undefined, http?: 'http']

/** IANA "Processor Architecture Types". RFC 4578 had 7 and 9 the wrong way round; firmware sends either, so both are x64. */
const ARCHITECTURES: Readonly<Record<number, Row>> = {
  0: ['x86 BIOS', 'bios', 'x64'],
  1: ['NEC PC-98'],
  2: ['Itanium', 'uefi'],
  6: ['x86 UEFI (32 bit)', 'uefi'],
  7: ['x64 UEFI', 'uefi', 'x64'],
  9: ['x64 UEFI (byte code)', 'uefi', 'x64'],
  10: ['arm UEFI (32 bit)', 'uefi'],
  11: ['arm64 UEFI', 'uefi', 'arm64'],
  12: ['PowerPC Open Firmware'],
  14: ['POWER OPAL'],
  15: ['x86 UEFI HTTP boot (32 bit)', 'uefi', undefined, 'http'],
  16: ['x64 UEFI HTTP boot', 'uefi', 'x64', 'http'],
  17: ['x64 UEFI HTTP boot (byte code)', 'uefi', 'x64', 'http'],
  18: ['arm UEFI HTTP boot (32 bit)', 'uefi', undefined, 'http'],
  19: ['arm64 UEFI HTTP boot', 'uefi', 'arm64', 'http'],
  20: ['x86 BIOS HTTP boot', 'bios', 'x64', 'http'],
  21: ['arm U-Boot (32 bit)'],
  22: ['arm64 U-Boot', undefined, 'arm64'],
  23: ['arm U-Boot HTTP boot (32 bit)', undefined, undefined, 'http'],
  24: ['arm64 U-Boot HTTP boot', undefined, 'arm64', 'http'],
  25: ['RISC-V UEFI (32 bit)', 'uefi'],
  27: ['RISC-V UEFI', 'uefi'],
  31: ['s390 basic'],
  32: ['s390 extended'],
  39: ['LoongArch UEFI', 'uefi'],
  41: ['Raspberry Pi', undefined, 'arm64'],
}

/** From option 93; else from the vendor class, where the same number is written as text. */
export function clientArchitecture(options: DhcpOptions): ClientArchitecture | undefined {
  const listed = options.get(OPTION.clientArchitecture)
  if (listed !== undefined && listed.length >= 2) return describe(listed[0]! * 256 + listed[1]!)
  const written = /^(?:PXE|HTTP)Client:Arch:(\d{5})/.exec(readText(options, OPTION.vendorClass) ?? '')?.[1]
  return written === undefined ? undefined : describe(Number(written))
}

function describe(code: number): ClientArchitecture {
  const [name, firmware, architecture, http] = ARCHITECTURES[code] ?? [`architecture ${code}`]
  return { code, name, firmware, architecture, isHttpBoot: http !== undefined }
}

/** The SMBIOS UUID of option 97 as people read it: the first three groups travel with their low byte first (SMBIOS 7.2.1). */
export function systemUuid(options: DhcpOptions): string | undefined {
  const value = options.get(OPTION.machineId)
  if (value === undefined || value.length !== 17 || value[0] !== 0) return undefined
  const bytes = [4, 3, 2, 1, 6, 5, 8, 7, 9, 10, 11, 12, 13, 14, 15, 16].map((at) => value[at]!)
  if (bytes.every((byte) => byte === 0) || bytes.every((byte) => byte === 255)) return undefined
  const hex = Buffer.from(bytes).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const DISCOVERY_CONTROL = 6
/** No menu, no multicast, no broadcast: take the boot file of this very offer (PXE 2.1, table 2-1, bit 3 of tag 6). */
const USE_BOOT_FILE = 8

/** The option 43 that makes a BIOS ROM take the boot file of a proxy offer at once. */
export function useBootFileMenu(): Uint8Array {
  return encodeOptions(new Map([[DISCOVERY_CONTROL, Uint8Array.of(USE_BOOT_FILE)]]))
}
