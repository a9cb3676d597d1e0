// Sites and centrals in words. Pure.
import type { CentralView, SiteDetail, SiteView } from '../../contract/central/follow-api.ts'
import { formatAgo, formatBytes } from '../format.ts'
import { table } from '../table.ts'

export function siteTable(sites: readonly SiteView[], nowMs: number): string {
  const rows = sites.map((site) => [
    site.name,
    site.ring ?? '-',
    stateOf(site),
    contentOf(site),
    site.nodeCount === undefined ? '-' : `${site.nodeCount} (${site.drifted.length} drifted)`,
    site.storeFreeBytes === undefined ? '-' : `${formatBytes(site.storeFreeBytes)} free`,
    site.lastContactAt === undefined ? '-' : formatAgo(site.lastContactAt, nowMs),
  ])
  return table([['SITE', 'RING', 'STATE', 'CONTENT', 'NODES', 'STORE', 'LAST CONTACT'], ...rows])
}

export function siteText(site: SiteDetail, nowMs: number): string {
  const { policy, refusal, failures, drifted, nodes, items, journal } = site
  const limit = policy.maxBytesPerSecond === undefined ? 'no limit' : `${formatBytes(policy.maxBytesPerSecond)} a second`
  const facts = [
    ['state', stateOf(site)],
    ['ring', site.ring ?? '-'],
    ['content', contentOf(site)],
    ['travels', `${policy.window ?? 'at once'}; ${limit}`],
    ['version', site.version ?? '-'],
    ['last contact', site.lastContactAt === undefined ? '-' : formatAgo(site.lastContactAt, nowMs)],
    ['store', storeOf(site)],
    ['image versions', String(site.imageVersions ?? '-')],
    ['running jobs', String(site.runningJobs ?? '-')],
    ['drifted', drifted.join(', ') || '-'],
  ]
  const parts = [table(facts)]
  if (site.isAhead)
    parts.push(`It holds what this central never offered. When what is here is right: platen site resume ${site.name}`)
  if (refusal !== undefined) parts.push(`${refusal.code}: ${refusal.message}`)
  if (failures.length > 0)
    parts.push(
      table([
        ['NOT TAKEN', 'CODE', 'WHY'],
        ...failures.map(({ kind, name, code, message }) => [`${kind} ${name}`, code, message]),
      ]),
    )
  if (items.length > 0)
    parts.push(
      table([
        ['OFFERED', 'VERSION', 'SIZE', 'WHY'],
        ...items.map(({ kind, name, version = '-', bytes, why }) => [
          `${kind} ${name}`,
          version.slice(0, 12),
          formatBytes(bytes),
          why.join('; '),
        ]),
      ]),
    )
  if (nodes.length > 0)
    parts.push(
      table([
        ['NODE', 'STATE', 'INSTALLED', 'LAST SEEN'],
        ...nodes.map(({ name, state, installed = '-', lastSeenAt }) => [name, state, installed, formatAgo(lastSeenAt, nowMs)]),
      ]),
    )
  if (journal.length > 0)
    parts.push(
      table([
        ['WHEN', 'WHAT', 'ABOUT', 'DETAIL'],
        ...journal.slice(0, 20).map(({ at, what, about, detail = '' }) => [at, what, about, detail]),
      ]),
    )
  return parts.join('\n\n')
}

export function centralText(view: CentralView, nowMs: number): string {
  const facts = [
    ['central', view.url],
    ['known there as', view.site],
    ['line', view.isConnected ? 'up' : `down${view.lastFailure === undefined ? '' : ` (${view.lastFailure})`}`],
    ['last contact', view.lastContactAt === undefined ? '-' : formatAgo(view.lastContactAt, nowMs)],
    ['content', `${view.heldCount} of ${view.itemCount} things; ${formatBytes(view.leftBytes)} to come`],
    ['now', view.current ?? (view.waitsFor === undefined ? '-' : `waits for ${view.waitsFor}`)],
    ['received', `${formatBytes(view.receivedBytes)} since the start`],
    ['not told yet', `${view.unreported} things that happened`],
  ]
  const refusal = view.refusal === undefined ? [] : [`${view.refusal.code}: ${view.refusal.message}`]
  const failures = view.failures.map(({ kind, name, code, message }) => `${kind} ${name}: ${code}: ${message}`)
  return [table(facts), ...refusal, ...failures].join('\n')
}

function stateOf({ state, isConnected, isAhead }: SiteView): string {
  if (state !== 'joined') return state
  if (isAhead) return 'ahead of this central'
  return isConnected ? 'connected' : 'away'
}

function contentOf({ heldCount, itemCount, leftBytes = 0, current, isComplete, isWaiting, failures }: SiteView): string {
  const waiting = isWaiting ? '; a change waits for its ring' : ''
  if (heldCount === undefined) return `${itemCount} things offered${waiting}`
  if (isComplete) return `all ${itemCount}${waiting}`
  const failed = failures.length === 0 ? '' : `, ${failures.length} not taken`
  return `${heldCount} of ${itemCount}${failed}, ${formatBytes(leftBytes)} left${current === undefined ? '' : `, now ${current}`}${waiting}`
}

function storeOf({ storeFreeBytes, storeTotalBytes }: SiteView): string {
  if (storeFreeBytes === undefined || storeTotalBytes === undefined) return '-'
  return `${formatBytes(storeFreeBytes)} free of ${formatBytes(storeTotalBytes)}`
}
