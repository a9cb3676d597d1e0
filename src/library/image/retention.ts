// Which versions of an image may go. Pure: versions, wishes and the time in; decisions out.
import type { ImageVersionView } from '../../contract/image.ts'
import type { RetentionPolicy } from '../../contract/image-care.ts'

const DAY_MS = 86_400_000

export interface RetentionInput {
  readonly versions: readonly ImageVersionView[]
  readonly policy: RetentionPolicy
  readonly nowMs: number
  /** Why a version is needed, for instance because a node runs it; undefined: nobody needs it. */
  readonly useOf: (version: number) => string | undefined
}

/** One for each version: kept for a reason, or to be removed. The newest version always stays. */
export interface RetentionDecision {
  readonly version: number
  readonly keptBecause: string | undefined
}

export function decideRetention({ versions, policy, nowMs, useOf }: RetentionInput): RetentionDecision[] {
  const newestFirst = versions.toSorted((a, b) => b.version - a.version)
  return newestFirst.map((view, age) => ({ version: view.version, keptBecause: reasonToKeep(view, age) }))

  function reasonToKeep(view: ImageVersionView, age: number): string | undefined {
    if (age === 0) return 'it is the newest'
    if (view.tags.length > 0) return `it is tagged ${view.tags.join(', ')}`
    if (age < policy.keepLast) return `it is one of the last ${policy.keepLast}`
    const days = (nowMs - Date.parse(view.createdAt)) / DAY_MS
    if (policy.keepDays !== undefined && days < policy.keepDays) return `it is younger than ${policy.keepDays} days`
    return useOf(view.version)
  }
}
