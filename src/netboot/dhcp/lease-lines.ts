// The lines of the lease journal: one lease each, and marks of the lease clock. Pure.
import { AppError } from '../../contract/errors.ts'
import { formatIpv4, parseIpv4 } from './ipv4.ts'
import type { ClockMark } from './lease-clock.ts'
import type { Lease } from './lease-table.ts'

export interface ReadLines {
  /** In the order of the lines. */
  readonly leases: readonly Lease[]
  /** The latest lease time that any line was written at. */
  readonly latestMs: number
  /** The last one. */
  readonly mark: ClockMark | undefined
  /** Lines of before there was lease time: they are right once, and have to be written anew before they are read again. */
  readonly hasOldLines: boolean
}

/** path: for people, when a line cannot be read. */
export function readLines(lines: readonly string[], path: string, wallNow = Date.now()): ReadLines {
  const leases: Lease[] = []
  let latestMs = 0
  let mark: ClockMark | undefined
  let hasOldLines = false
  for (const [index, line] of lines.entries()) {
    const read = parse(line)
    if (read === undefined) throw unreadable(line, index + 1, path)
    latestMs = Math.max(latestMs, read.at ?? 0)
    if (read.kind === 'mark') mark = read.mark
    else if (read.at !== undefined) leases.push(read.lease)
    else {
      hasOldLines = true
      // They end by the wall clock; what that says is left is taken for it.
      leases.push({ ...read.lease, endsAt: latestMs + Math.max(0, read.lease.endsAt - wallNow) })
    }
  }
  return { leases, latestMs, mark, hasOldLines }
}

/** at: lease time of writing. */
export function format({ address, clientKey, state, endsAt, hostName, mac, virtualSubnet }: Lease, at: number): string {
  const ip = formatIpv4(address)
  return `${JSON.stringify({ ip, key: clientKey, state, until: endsAt, at, vpn: virtualSubnet, mac, name: hostName })}\n`
}

export function formatMark({ bootId, ms, leaseMs }: ClockMark): string {
  return `${JSON.stringify({ boot: bootId, up: ms, at: leaseMs })}\n`
}

type Line =
  | { readonly kind: 'mark'; readonly at: number; readonly mark: ClockMark }
  | { readonly kind: 'lease'; readonly at: number | undefined; readonly lease: Lease }

function parse(line: string): Line | undefined {
  try {
    const { boot, up, at, ip, key, state, until, name, mac, vpn } = JSON.parse(line) as Record<string, unknown>
    if (typeof boot === 'string' && typeof up === 'number' && typeof at === 'number')
      return { kind: 'mark', at, mark: { bootId: boot, ms: up, leaseMs: at } }
    if (typeof ip !== 'string' || typeof key !== 'string' || typeof until !== 'number' || !isKeptState(state)) return undefined
    const [hostName, cardMac, virtualSubnet] = [text(name), text(mac), text(vpn)]
    const more = { ...(cardMac !== undefined && { mac: cardMac }), ...(virtualSubnet !== undefined && { virtualSubnet }) }
    const lease = { address: parseIpv4(ip), clientKey: key, state, endsAt: until, hostName, ...more }
    return { kind: 'lease', at: typeof at === 'number' ? at : undefined, lease }
  } catch {
    return undefined
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function isKeptState(state: unknown): state is Lease['state'] {
  return STATES.has(state as Lease['state'])
}

const STATES: ReadonlySet<Lease['state']> = new Set(['bound', 'released', 'declined', 'offered', 'in-use'] as const)

function unreadable(line: string, lineNumber: number, path: string): AppError {
  return new AppError(
    'NETBOOT_LEASES_UNREADABLE',
    `line ${lineNumber} of ${path} is not a lease: ${line.slice(0, 80)}`,
    'Delete that line (its client gets a lease again when it asks), or move the file away to begin without leases.',
  )
}
