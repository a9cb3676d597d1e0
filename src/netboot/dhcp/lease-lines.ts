// The lines of the lease journal: one lease each, and marks of the lease clock. Pure.
import { decodeLine, encodeLine } from '../../contract/json-lines.ts'
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
  /** Lines that are not what was written: each costs itself. */
  readonly damaged: readonly DamagedLine[]
}

export interface DamagedLine {
  /** From 1. */
  readonly line: number
  readonly reason: string
}

export function readLines(lines: readonly string[], wallNow = Date.now()): ReadLines {
  const leases: Lease[] = []
  const damaged: DamagedLine[] = []
  let latestMs = 0
  let mark: ClockMark | undefined
  let hasOldLines = false
  for (const [index, line] of lines.entries()) {
    const read = parse(line)
    if (typeof read === 'string') {
      damaged.push({ line: index + 1, reason: read })
      continue
    }
    latestMs = Math.max(latestMs, read.at ?? 0)
    if (read.kind === 'mark') mark = read.mark
    else if (read.at !== undefined) leases.push(read.lease)
    else {
      hasOldLines = true
      // They end by the wall clock; what that says is left is taken for it.
      leases.push({ ...read.lease, endsAt: latestMs + Math.max(0, read.lease.endsAt - wallNow) })
    }
  }
  return { leases, latestMs, mark, hasOldLines, damaged }
}

/** at: lease time of writing. */
export function format({ address, clientKey, state, endsAt, hostName, mac, virtualSubnet }: Lease, at: number): string {
  const ip = formatIpv4(address)
  return encodeLine({ ip, key: clientKey, state, until: endsAt, at, vpn: virtualSubnet, mac, name: hostName })
}

export function formatMark({ bootId, ms, leaseMs }: ClockMark): string {
  return encodeLine({ boot: bootId, up: ms, at: leaseMs })
}

type Line =
  | { readonly kind: 'mark'; readonly at: number; readonly mark: ClockMark }
  | { readonly kind: 'lease'; readonly at: number | undefined; readonly lease: Lease }

/** A text: why it is none. */
function parse(line: string): Line | string {
  const decoded = decodeLine(line)
  if (decoded.kind === 'damaged') return decoded.reason
  try {
    const { boot, up, at, ip, key, state, until, name, mac, vpn } = decoded.value as Record<string, unknown>
    if (typeof boot === 'string' && typeof up === 'number' && typeof at === 'number')
      return { kind: 'mark', at, mark: { bootId: boot, ms: up, leaseMs: at } }
    if (typeof ip !== 'string' || typeof key !== 'string' || typeof until !== 'number' || !isKeptState(state)) return NO_LEASE
    const [hostName, cardMac, virtualSubnet] = [text(name), text(mac), text(vpn)]
    const more = { ...(cardMac !== undefined && { mac: cardMac }), ...(virtualSubnet !== undefined && { virtualSubnet }) }
    const lease = { address: parseIpv4(ip), clientKey: key, state, endsAt: until, hostName, ...more }
    return { kind: 'lease', at: typeof at === 'number' ? at : undefined, lease }
  } catch {
    return NO_LEASE
  }
}

const NO_LEASE = 'it is not a lease'

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function isKeptState(state: unknown): state is Lease['state'] {
  return STATES.has(state as Lease['state'])
}

const STATES: ReadonlySet<Lease['state']> = new Set(['bound', 'released', 'declined', 'offered', 'in-use'] as const)
