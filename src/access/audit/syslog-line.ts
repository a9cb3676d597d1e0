// An entry of the audit as syslog carries it: RFC 5424, and over TCP framed by its length (RFC 6587). Pure.
import type { AuditEntry } from '../../contract/audit.ts'

/** log audit */
const FACILITY = 13
const SEVERITY = { done: 5, refused: 4 } as const
/** The number that RFC 5612 keeps for examples: this program has none of its own. */
const DATA_ID = 'platen@32473'
/** What every receiver has to take (RFC 5424, section 6.1). */
const MOST_UDP_BYTES = 2048
const NAME = /^[a-zA-Z][\w.-]{0,31}$/

export function syslogLine(entry: AuditEntry, hostName: string): string {
  const { number, at, who, from, did, status, code, about = {}, skipped } = entry
  const severity = status < 400 ? SEVERITY.done : SEVERITY.refused
  const data: readonly (readonly [string, string | number | undefined])[] = [
    ['number', number],
    ['who', who?.name],
    ['role', who?.role],
    ['by', who?.by],
    ['from', from],
    ['did', did],
    ['status', status],
    ['code', code],
    ['skipped', skipped],
    ...Object.entries(about).map(([key, value]) => [`about-${key}`, value] as const),
  ]
  const words = data.flatMap(([key, value]) =>
    value === undefined || !NAME.test(key) ? [] : [`${key}="${escaped(String(value))}"`],
  )
  const text = `${who?.name ?? 'a stranger'} from ${from}: ${did}, ${status}${code === undefined ? '' : ` ${code}`}`
  const head = `<${FACILITY * 8 + severity}>1 ${at} ${printable(hostName, 255)} platen - ${printable(did, 32)}`
  // The mark of UTF-8 before the text (section 6.4).
  return `${head} [${DATA_ID} ${words.join(' ')}] \ufeff${oneLine(text)}`
}

/** A datagram: cut where it is too long, between two characters. */
export function udpBytes(line: string): Buffer {
  const bytes = Buffer.from(line)
  if (bytes.length <= MOST_UDP_BYTES) return bytes
  let end = MOST_UDP_BYTES
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.subarray(0, end)
}

export function tcpBytes(line: string): Buffer {
  const bytes = Buffer.from(line)
  return Buffer.concat([Buffer.from(`${bytes.length} `), bytes])
}

/** Section 6.3.3: in a value these three are escaped; a line break would be a new message to older receivers. */
const escaped = (value: string): string => oneLine(value).replaceAll(/["\\\]]/g, String.raw`\$&`)

const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')

const printable = (text: string, most: number): string => text.replaceAll(/[^\x21-\x7e]/g, '-').slice(0, most) || '-'
