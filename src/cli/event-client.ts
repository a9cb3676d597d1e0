// The stream of what happens in an appliance, for commands that watch.
import { type WatchOptions, watchEvents } from '../client/index.ts'
import { AppError } from '../contract/errors.ts'
import type { ApplianceEvent } from '../contract/events.ts'
import { OPERATOR_API_PREFIX } from '../contract/operator-api.ts'

export type EventTold = Pick<WatchOptions<ApplianceEvent>, 'onEvent' | 'onMissed' | 'onState'>

export interface EventApi {
  /** Told of what happens from now on, and of breaks of the line, until it is closed. types: "job.*"; none: all. */
  watchEvents(types: readonly string[], told: EventTold): { close(): void }
}

interface EventClientDeps {
  readonly url: string
  readonly site: string | undefined
  readonly token: () => string
}

export function createEventClient({ url, site, token }: EventClientDeps): EventApi {
  return {
    watchEvents(types, told) {
      if (site !== undefined) throw notThrough(site)
      const query = types.length === 0 ? '' : `?types=${types.join(',')}`
      return watchEvents({ url: `${url}${OPERATOR_API_PREFIX}/events${query}`, token, ...told })
    },
  }
}

function notThrough(site: string): AppError {
  const message = `events do not come through the line of site ${site}`
  return new AppError('SITE_REQUEST_NOT_RELAYED', message, 'Ask the site itself: --url URL instead of --site.')
}
