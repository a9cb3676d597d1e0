// When a connection has waited, or dripped, for long enough. Pure: what a connection does and the time come in, a verdict comes out.
//
//   connect --> headers --request--> receiving --> working --> sending --answer--> idle --first byte--> headers …
//                                                                          \--body not yet whole--> lingering
//
// Always true: every phase but working ends by itself, whatever the peer does or leaves. Working is ours: a long poll, a stream of events
// with nothing to tell, a slow disk. Who is gone meanwhile is told by TCP keep-alive.

export interface ConnectionLimits {
  /** From connecting, or from the first byte of a further request, until the headers are whole. */
  readonly headersMs: number
  /** Between an answer and the first byte of the next request. */
  readonly keepAliveMs: number
  /** For the rest of a body that was answered before it was whole. */
  readonly lingerMs: number
  /** In each such span a body must come at minBytesPerSecond on average; a shorter rest must be through. */
  readonly bodyWindowMs: number
  /** The same for what is sent. The kernel takes it in portions of up to a MiB and more, so on a slow line it is long between two. */
  readonly answerWindowMs: number
  readonly minBytesPerSecond: number
  /** Of one address (IPv4, or IPv6 /64), and of all: connections that are not working. */
  readonly maxPerAddress: number
  readonly maxConnections: number
  readonly sweepMs: number
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  headersMs: 15_000,
  keepAliveMs: 30_000,
  lingerMs: 5_000,
  bodyWindowMs: 30_000,
  answerWindowMs: 300_000,
  // As Apache's mod_reqtimeout has it. The slowest link that carries an image is a hundred times as fast.
  minBytesPerSecond: 500,
  maxPerAddress: 256,
  maxConnections: 4096,
  sweepMs: 1000,
}

export type Phase = 'headers' | 'idle' | 'lingering' | 'receiving' | 'sending' | 'working'

/** What a connection does now. */
export interface Sample {
  readonly phase: Phase
  /** Bytes of the peer that arrived, and bytes that it took, since it connected. */
  readonly movedBytes: number
}

export interface Standing extends Sample {
  readonly since: number
  /** Where the running window began. */
  readonly windowAt: number
  readonly windowBytes: number
  /** When something was last seen to have moved. */
  readonly movedAt: number
}

export function begins(sample: Sample, now: number): Standing {
  return { ...sample, since: now, windowAt: now, windowBytes: sample.movedBytes, movedAt: now }
}

/** The standing after a look at it; undefined: it is to be closed. */
export function judge(before: Standing, sample: Sample, now: number, limits: ConnectionLimits): Standing | undefined {
  if (sample.phase !== before.phase) return begins(sample, now)
  const standing = sample.movedBytes === before.movedBytes ? before : { ...before, ...sample, movedAt: now }
  const { spanMs, isByRate } = spanOf(sample.phase, limits)
  if (now - before.windowAt < spanMs) return standing
  const least = (limits.minBytesPerSecond * (now - before.windowAt)) / 1000
  if (!isByRate || sample.movedBytes - before.windowBytes < least) return undefined
  return { ...standing, windowAt: now, windowBytes: sample.movedBytes }
}

function spanOf(phase: Phase, limits: ConnectionLimits): { readonly spanMs: number; readonly isByRate: boolean } {
  switch (phase) {
    case 'headers':
      return { spanMs: limits.headersMs, isByRate: false }
    case 'idle':
      return { spanMs: limits.keepAliveMs, isByRate: false }
    case 'lingering':
      return { spanMs: limits.lingerMs, isByRate: false }
    case 'receiving':
      return { spanMs: limits.bodyWindowMs, isByRate: true }
    case 'sending':
      return { spanMs: limits.answerWindowMs, isByRate: true }
    case 'working':
      return { spanMs: Number.POSITIVE_INFINITY, isByRate: true }
  }
}

/** Who has moved so much is at work, as long as it moves. */
const AT_WORK_BYTES = 64 * 1024
const STALLED_MS = 5000
const WAITING: ReadonlySet<Phase> = new Set(['headers', 'idle', 'lingering'])

/**
 * The index of the connection to close in favour of a new one: the oldest that waits or has moved little, else the one that has stalled
 * longest. undefined: all are at work.
 */
export function mostDispensable(standings: readonly Standing[], now: number): number | undefined {
  const isUnproven = ({ phase, movedBytes }: Standing) => WAITING.has(phase) || movedBytes < AT_WORK_BYTES
  return (
    leastBy(standings, (one) => (one.phase !== 'working' && isUnproven(one) ? one.since : undefined)) ??
    leastBy(standings, (one) => (one.phase !== 'working' && now - one.movedAt >= STALLED_MS ? one.movedAt : undefined))
  )
}

function leastBy(standings: readonly Standing[], key: (one: Standing) => number | undefined): number | undefined {
  let found: number | undefined
  let least = Number.POSITIVE_INFINITY
  for (const [index, one] of standings.entries()) {
    const value = key(one)
    if (value === undefined || value >= least) continue
    least = value
    found = index
  }
  return found
}
