// How a site stands, in words. Pure.
import type { Schema } from '../../client/index.ts'
import { bytes } from '../parts/format.ts'
import { t } from '../words/index.ts'

export type Site = Schema<'SiteView'>
export type Tone = 'green' | 'blue' | 'orange' | 'red' | 'grey'

/** The worst first: refused, failed, on its way, waiting for its ring or its hour, complete. */
export function standingOf(site: Site): { readonly tone: Tone; readonly words: string } {
  if (site.state !== 'joined') return { tone: 'grey', words: t.sites.states[site.state] }
  if (site.refusal !== undefined) return { tone: 'red', words: site.refusal.message }
  if (site.isAhead) return { tone: 'red', words: t.sites.ahead }
  if (site.failures.length > 0) return { tone: 'red', words: t.sites.failed(site.failures.length) }
  if (site.isComplete) return { tone: 'green', words: t.sites.complete }
  if (site.isWaiting) return { tone: 'orange', words: t.sites.waiting }
  const left = site.leftBytes === undefined ? '' : t.common.left(bytes(site.leftBytes))
  return { tone: 'blue', words: left === '' ? t.sites.pulling : left }
}

/** "41.0 GB of 480.0 GB" */
export function storeOf({ storeFreeBytes, storeTotalBytes }: Site): string | undefined {
  if (storeFreeBytes === undefined || storeTotalBytes === undefined) return undefined
  return t.sites.used(bytes(storeTotalBytes - storeFreeBytes), bytes(storeTotalBytes))
}
