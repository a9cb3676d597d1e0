// The footer of a VHD file: 512 bytes that also stand at the beginning where the disk grows (Virtual Hard Disk Image Format
// Specification 1.0). Pure.

export interface VhdFooter {
  readonly type: 'fixed' | 'dynamic' | 'differencing'
  readonly sizeBytes: number
}

const FOOTER_BYTES = 512
const CHECKSUM_AT = 64
const TYPES: Readonly<Record<number, VhdFooter['type']>> = { 2: 'fixed', 3: 'dynamic', 4: 'differencing' }

/** undefined: these bytes are no footer, or their checksum says that they are none any more. */
export function vhdFooterOf(bytes: Buffer): VhdFooter | undefined {
  if (bytes.length < FOOTER_BYTES || bytes.toString('latin1', 0, 8) !== 'conectix') return undefined
  let sum = 0
  for (let at = 0; at < FOOTER_BYTES; at++) if (at < CHECKSUM_AT || at >= CHECKSUM_AT + 4) sum += bytes[at]!
  if (~sum >>> 0 !== bytes.readUInt32BE(CHECKSUM_AT)) return undefined
  const type = TYPES[bytes.readUInt32BE(60)]
  const sizeBytes = Number(bytes.readBigUInt64BE(48))
  return type === undefined ? undefined : { type, sizeBytes }
}
