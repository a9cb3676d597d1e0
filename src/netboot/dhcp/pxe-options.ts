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
}

type Row = readonly [name: string, firmware?: Firmware | undefined, architecture?: Architecture]

/** IANA "Processor Architecture Types". RFC 4578 had 7 and 9 the wrong way round; firmware sends either, so both are x64. */
const ARCHITECTURES: Readonly<Record<number, Row>> = {
  0: ['x86 BIOS', 'bios', 'x64'],
  1: ['NEC PC-98'],
  2: ['Itanium', 'uefi'],
  3: ['DEC Alpha'],
  4: ['Arc x86'],
  5: ['Intel Lean Client'],
  6: ['x86 UEFI (32 bit)', 'uefi'],
  7: ['x64 UEFI', 'uefi', 'x64'],
  8: ['XScale UEFI', 'uefi'],
  9: ['x64 UEFI (byte code)', 'uefi', 'x64'],
  10: ['arm UEFI (32 bit)', 'uefi'],
  11: ['arm64 UEFI', 'uefi', 'arm64'],
  12: ['PowerPC Open Firmware'],
  13: ['PowerPC ePAPR'],
  14: ['POWER OPAL'],
  15: ['x86 UEFI HTTP boot (32 bit)', 'uefi'],
  16: ['x64 UEFI HTTP boot', 'uefi', 'x64'],
  17: ['x64 UEFI HTTP boot (byte code)', 'uefi', 'x64'],
  18: ['arm UEFI HTTP boot (32 bit)', 'uefi'],
  19: ['arm64 UEFI HTTP boot', 'uefi', 'arm64'],
  20: ['x86 BIOS HTTP boot', 'bios', 'x64'],
  21: ['arm U-Boot (32 bit)'],
  22: ['arm64 U-Boot', undefined, 'arm64'],
  23: ['arm U-Boot HTTP boot (32 bit)'],
  24: ['arm64 U-Boot HTTP boot', undefined, 'arm64'],
  25: ['RISC-V UEFI (32 bit)', 'uefi'],
  26: ['RISC-V UEFI HTTP boot (32 bit)', 'uefi'],
  27: ['RISC-V UEFI', 'uefi'],
  28: ['RISC-V UEFI HTTP boot', 'uefi'],
  29: ['RISC-V UEFI (128 bit)', 'uefi'],
  30: ['RISC-V UEFI HTTP boot (128 bit)', 'uefi'],
  31: ['s390 basic'],
  32: ['s390 extended'],
  33: ['MIPS UEFI (32 bit)', 'uefi'],
  34: ['MIPS UEFI', 'uefi'],
  35: ['Sunway UEFI (32 bit)', 'uefi'],
  36: ['Sunway UEFI', 'uefi'],
  37: ['LoongArch UEFI (32 bit)', 'uefi'],
  38: ['LoongArch UEFI HTTP boot (32 bit)', 'uefi'],
  39: ['LoongArch UEFI', 'uefi'],
  40: ['LoongArch UEFI HTTP boot', 'uefi'],
  41: ['Raspberry Pi', undefined, 'arm64'],
}

/** U-Boot says so by its number, whatever it gives as vendor class. */
export function isUBoot(code: number | undefined): boolean {
  return code !== undefined && code >= 21 && code <= 24
}

/** From option 93; else from the vendor class, where the same number is written as text. */
export function clientArchitecture(options: DhcpOptions): ClientArchitecture | undefined {
  const listed = options.get(OPTION.clientArchitecture)
  if (listed !== undefined && listed.length >= 2) return describe(listed[0]! * 256 + listed[1]!)
  const written = /^(?:PXE|HTTP)Client:Arch:(\d{5})/.exec(readText(options, OPTION.vendorClass) ?? '')?.[1]
  return written === undefined ? undefined : describe(Number(written))
}

function describe(code: number): ClientArchitecture {
  const [name, firmware, architecture] = ARCHITECTURES[code] ?? [`architecture ${code}`]
  return { code, name, firmware, architecture }
}

/** The SMBIOS UUID of option 97 as people read it: the first three groups travel with their low byte first (SMBIOS 7.2.1). */
export function systemUuid(options: DhcpOptions): string | undefined {
  const value = options.get(OPTION.machineId)
  if (value === undefined || value.length < 17 || value[0] !== 0) return undefined
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
