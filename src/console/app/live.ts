// Keeps the lists as the appliance has them: events are gathered and laid into the cache four times a second, so that a fleet that
// changes all the time does not draw the page all the time.
import type { QueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { type WatchState, watchEvents } from '../../client/index.ts'
import { type JobView, KEYS, type NodeView } from './api.ts'
import { session } from './session.ts'
import { APPLIANCE_URL } from './where.ts'

export interface ApplianceEvent {
  readonly type: string
  readonly node?: NodeView
  readonly job?: JobView
  readonly reason?: string
  readonly name?: string
}

/** One line of the list of events. */
export interface SeenEvent {
  readonly id: number
  readonly at: Date
  readonly event: ApplianceEvent
}

const FLUSH_MS = 250
const KEPT_EVENTS = 500
const READ_AGAIN_MS = 2000

class Live {
  state: WatchState = 'connecting'
  seen: readonly SeenEvent[] = []
  readonly #listeners = new Set<() => void>()
  #waiting: ApplianceEvent[] = []
  #nextId = 1
  #hasBegun = false

  start(queries: QueryClient): () => void {
    const watch = watchEvents<ApplianceEvent>({
      url: `${APPLIANCE_URL}/api/v1/events`,
      token: session.token,
      onEvent: (event) => void this.#waiting.push(event),
      onMissed: () => void queries.invalidateQueries(),
      onState: (state) => {
        if (state === 'open') this.#readOnceMore(queries)
        this.state = state
        this.#tell()
      },
    })
    const timer = setInterval(() => this.#flush(queries), FLUSH_MS)
    return () => {
      watch.close()
      clearInterval(timer)
    }
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What happened between the first reading of a list and the first event is told by neither: read behind the first picture. */
  #readOnceMore(queries: QueryClient): void {
    if (this.#hasBegun) return
    this.#hasBegun = true
    setTimeout(() => void queries.invalidateQueries(), READ_AGAIN_MS)
  }

  #flush(queries: QueryClient): void {
    if (this.#waiting.length === 0) return
    const events = this.#waiting
    this.#waiting = []
    const nodes = new Map(events.flatMap(({ node }) => (node === undefined ? [] : [[node.id, node] as const])))
    const jobs = new Map(events.flatMap(({ job }) => (job === undefined ? [] : [[job.id, job] as const])))
    if (nodes.size > 0) queries.setQueryData<NodeView[]>(KEYS.nodes, (list) => list && merged(list, nodes))
    if (jobs.size > 0) queries.setQueryData<JobView[]>(KEYS.jobs, (list) => list && merged(list, jobs))
    for (const key of listsOf(events)) void queries.invalidateQueries({ queryKey: key })
    const worthTelling = events.filter(({ type }) => type !== 'job.progressed' && type !== 'node.changed')
    const seen = worthTelling.map((event) => ({ id: this.#nextId++, at: new Date(), event }))
    if (seen.length > 0) this.seen = [...seen.reverse(), ...this.seen].slice(0, KEPT_EVENTS)
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

export const live = new Live()
export const useLiveState = (): WatchState => useSyncExternalStore(live.subscribe, () => live.state)
export const useSeenEvents = (): readonly SeenEvent[] => useSyncExternalStore(live.subscribe, () => live.seen)

/** The list with what is new of its items; unknown ones are added at the end. The order of a queue is read anew by listsOf. */
function merged<T extends { readonly id: string }>(list: readonly T[], changed: ReadonlyMap<string, T>): T[] {
  const rest = new Map(changed)
  const kept = list.map((item) => {
    const now = rest.get(item.id)
    rest.delete(item.id)
    return now ?? item
  })
  return [...kept, ...rest.values()]
}

/** Lists that events do not carry, and that are read again. */
function listsOf(events: readonly ApplianceEvent[]): readonly (readonly string[])[] {
  const hasEnded = events.some(({ type, job }) => type === 'job.changed' && job !== undefined && job.state === 'succeeded')
  const changedQueue = events.some(({ type, job }) => type === 'job.changed' && job?.state === 'queued')
  const ofProfiles = events.some(({ type }) => type.startsWith('profile.'))
  return [
    ...(hasEnded ? [KEYS.images, KEYS.classes] : []),
    ...(changedQueue ? [KEYS.jobs] : []),
    ...(ofProfiles ? [KEYS.profiles] : []),
    ...(events.some(({ type }) => type.startsWith('package.')) ? [KEYS.packages] : []),
    // A ring moves on when a job of its nodes ends, or a node says how it is.
    ...(events.some(({ type }) => type === 'job.changed' || type === 'node.changed') ? [KEYS.rollOuts] : []),
  ]
}
