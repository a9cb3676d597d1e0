// GUIDs as GPT stores them: the first three fields little-endian (UEFI 2.10, appendix A). Pure.

export const NIL_GUID = '00000000-0000-0000-0000-000000000000'

const ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const

export function decodeGuid(bytes: Uint8Array): string {
  const hex = ORDER.map((index) => bytes[index]!.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

export function encodeGuid(text: string): Uint8Array {
  const plain = Buffer.from(text.replaceAll('-', ''), 'hex')
  const bytes = new Uint8Array(16)
  for (const [position, index] of ORDER.entries()) bytes[index] = plain[position]!
  return bytes
}
