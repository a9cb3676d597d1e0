// What tells one disk from another, and what only looks like it. Pure.
import type { Disk } from '../contract/inventory.ts'

/** Signatures below this were never drawn by lot: tools that count begin at 0 or 1. */
const LEAST_SIGNATURE = 0x100
/** What controllers and USB bridges give when nobody gave them a number. */
const SERIAL_PLACEHOLDERS =
  /^(0+|1+|f+|x+|(01234567|12345678)[0-9a-f]*|none|null|unknown|default|serial.*|not.?specified|to be filled.*)$/i

/**
 * Whether the id of a table or filesystem is one: nil, "all ones", one byte over and over, and numbers that were counted are on many disks.
 * id: a GUID, 8 hex digits of an MBR, or "ext-…" of a filesystem.
 */
export function isIdentity(id: string): boolean {
  const hex = id
    .toLowerCase()
    .replace(/^(0x|[a-z0-9]+-(?=[0-9a-f]+$))/, '')
    .replaceAll('-', '')
  if (/^(..)\1+$/.test(hex) && hex.length >= 8) return false
  if (hex.length === 8) return Number.parseInt(hex, 16) >= LEAST_SIGNATURE
  return !/^0*.{0,2}$/.test(hex) || hex.length < 8
}

/** The disk itself, whatever it holds: by its WWN, its serial, or, without either, where it is attached and how large it is. */
export function diskIdsOf({ wwn, serial, byPath, sizeBytes }: Pick<Disk, 'wwn' | 'serial' | 'byPath' | 'sizeBytes'>): string[] {
  const own = [
    ...(wwn === undefined || SERIAL_PLACEHOLDERS.test(wwn.replace(/^(naa\.|eui\.|0x)/i, '')) ? [] : [`wwn ${wwn.toLowerCase()}`]),
    ...(serial === undefined || SERIAL_PLACEHOLDERS.test(serial.trim()) ? [] : [`serial ${serial.trim()}`]),
  ]
  if (own.length > 0) return own
  return byPath === undefined ? [] : [`path ${byPath} with ${sizeBytes} bytes`]
}
