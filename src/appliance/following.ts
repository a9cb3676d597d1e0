// Joins following to what it asks of others: central for what each site needs, the operator API for what central asks of this site.

import type { Access } from '../access/index.ts'
import { type Central, type ClosurePort, type Follow, type ObjectPort, openFollow } from '../central/index.ts'
import type { Library } from '../library/index.ts'
import type { Orchestrator } from '../orchestrator/index.ts'
import type { Clock, Events, Log, State } from '../store/index.ts'
import { OwnApi } from './http/own-api.ts'
import { VERSION } from './version.ts'

interface FollowingDeps {
  readonly dataDir: string
  readonly state: State
  readonly access: Access
  readonly library: Library
  readonly orchestrator: Orchestrator
  readonly central: Central
  readonly clock: Clock
  readonly events: Events
  readonly log: Log
}

export interface Following {
  readonly follow: Follow
  readonly ownApi: OwnApi
  /** As access says, and for whom central asks. */
  callerOf: Access['callerOf']
}

export async function openFollowing(deps: FollowingDeps): Promise<Following> {
  const { access, orchestrator, central, ...shared } = deps
  const ownApi = new OwnApi()
  const follow = await openFollow({
    ...shared,
    version: VERSION,
    closures: closuresOf(central),
    objects: objectsOf(central),
    ownApi,
    signer: access.signingKey,
    authority: () => access.caBundle(),
    fleet: () => orchestrator.fleet(),
  })
  return { follow, ownApi, callerOf: (shown) => ownApi.callerOf(shown) ?? access.callerOf(shown) }
}

function closuresOf({ site, closures }: Central): ClosurePort {
  return {
    settingsOf(name) {
      const definition = site(name)
      if (definition === undefined) return undefined
      const { ring, window, maxBytesPerSecond, publishes } = definition
      return {
        ...(ring === undefined ? {} : { ring }),
        ...(window === undefined ? {} : { window }),
        ...(maxBytesPerSecond === undefined ? {} : { maxBytesPerSecond }),
        mayPublish: publishes === true,
      }
    },
    async of(name) {
      const closure = closures.of(name)
      return { revision: closure?.revision ?? '', items: closure?.items ?? [] }
    },
    subscribe: (onChange) => closures.onChange(() => onChange()),
  }
}

/** Everything of a closure that is neither an image nor a package nor a profile nor a build of the boot OS. */
const OBJECT_KINDS = ['site', 'function', 'distribution-profile', 'distribution', 'template', 'file', 'class', 'rule']

const objectsOf = (central: Central): ObjectPort => ({
  kinds: OBJECT_KINDS,
  body: (digest) => central.closures.body(digest),
  take: (item) => central.take(item),
})
