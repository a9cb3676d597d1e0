// A line of a file that is only ever added to: JSON and its checksum, `{"put":…}<tab>1c291ca3`. Pure.
// Lines of earlier versions have no checksum. JSON has no tab in it: one in a text is written as \t.
import { crc32 } from 'node:zlib'

export type DecodedLine =
  | { readonly kind: 'good'; readonly value: unknown; readonly json: string }
  /** It is not what was written. */
  | { readonly kind: 'damaged'; readonly reason: string }

const CHECKSUM_CHARS = 8

/** With its line feed. */
export function encodeLine(value: unknown): string {
  const json = JSON.stringify(value)
  return `${json}\t${checksumOf(json)}\n`
}

/** Without its line feed. */
export function decodeLine(text: string): DecodedLine {
  const at = text.lastIndexOf('\t')
  const json = at === -1 ? text : text.slice(0, at)
  if (at !== -1 && text.slice(at + 1) !== checksumOf(json)) {
    return { kind: 'damaged', reason: 'it does not have the checksum that it was written with' }
  }
  try {
    return { kind: 'good', value: JSON.parse(json) as unknown, json }
  } catch {
    return { kind: 'damaged', reason: 'it cannot be read' }
  }
}

function checksumOf(text: string): string {
  return crc32(text).toString(16).padStart(CHECKSUM_CHARS, '0')
}
