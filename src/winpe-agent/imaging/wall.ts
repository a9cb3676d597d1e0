// What a transfer mostly waits for, and what to do about it. Pure.
import type { Wall } from '../../contract/job.ts'
import type { ThreadTime } from './chunk-workers.ts'

/** What became of the threads' time; together at most 1. A thread without work waits for the network or for the appliance. */
export interface Shares {
  readonly network: number
  readonly disk: number
  readonly processor: number
}

/** How hard a transfer tries. */
export interface Effort {
  /** Of zstd. */
  readonly level: number
  /** Requests under way, each with a window of chunks in memory. */
  readonly lanes: number
}

export const LANE_LIMITS = { least: 2, most: 4 }
/** Below the first the stored image would grow; above the last a chunk takes longer than any network. */
const LEVELS = [3, 5, 7, 9]
/** So much of the processor must be idle before it gets more to do: a level up costs twice as much. */
const IDLE_SHARE = 0.25
const BUSY_SHARE = 0.5

export function sharesOf(before: ThreadTime, after: ThreadTime, elapsedMs: number): Shares {
  const allMs = Math.max(1, elapsedMs * after.threads)
  const disk = clamp((after.diskMs - before.diskMs) / allMs)
  const processor = Math.min(1 - disk, clamp((after.processorMs - before.processorMs) / allMs))
  return { network: 1 - disk - processor, disk, processor }
}

export function wallOf({ network, disk, processor }: Shares): Wall {
  if (processor >= disk && processor >= network) return 'processor'
  return disk >= network ? 'disk' : 'network'
}

/** One step at a time: what a step brings is seen before the next one. */
export function adapt({ level, lanes }: Effort, shares: Shares): Effort {
  const wall = wallOf(shares)
  const at = Math.max(0, LEVELS.indexOf(level))
  const next = wall === 'network' && shares.processor < IDLE_SHARE ? at + 1 : shares.processor > BUSY_SHARE ? at - 1 : at
  return {
    level: LEVELS[Math.min(LEVELS.length - 1, Math.max(0, next))]!,
    lanes: Math.min(LANE_LIMITS.most, Math.max(LANE_LIMITS.least, lanes + (wall === 'network' ? 1 : wall === 'disk' ? -1 : 0))),
  }
}

const clamp = (share: number): number => Math.min(1, Math.max(0, share))
