// Whether a queued job is offered at all now, to whatever node. Pure: the reason against it, as words for people.
import type { JobRecord } from './record.ts'

/** undefined: it is offered. */
export function notOfferedBecause(
  { life, waitsFor = [] }: Pick<JobRecord, 'life' | 'waitsFor'>,
  /** Left out: whether it backs off is asked elsewhere. */
  now = Number.POSITIVE_INFINITY,
): string | undefined {
  if (life.phase !== 'queued') return undefined
  if (life.hold !== undefined) return `held: ${life.hold}`
  if (waitsFor.length > 0) return `waits for ${waitsFor.length === 1 ? `job ${waitsFor[0]}` : `${waitsFor.length} jobs`}`
  if (life.notBefore !== undefined && life.notBefore > now) return `is offered again at ${new Date(life.notBefore).toISOString()}`
  return undefined
}
