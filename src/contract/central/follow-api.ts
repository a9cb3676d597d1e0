// What people ask of a central about its sites, and of a site about its central. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { ApplianceUrl } from '../appliances.ts'
import { NamedObject } from '../named.ts'
import { Instant, Name, SizeBytes } from '../values.ts'
import { FollowedItem, ItemFailure, JournalEntry, SiteNode, SitePolicy } from './follow.ts'

const strict = { additionalProperties: false }
const JoinCode = Type.String({ minLength: 1, maxLength: 100 })

/** POST /sites/:site/code: makes the site when there is none of that name. */
export const NewSiteCode = NamedObject(
  'NewSiteCode',
  { minutes: Type.Integer({ minimum: 1, maximum: 7 * 24 * 60, default: 60 }) },
  strict,
)
export const SiteCode = NamedObject('SiteCode', { site: Name, code: Type.String(), expiresAt: Instant })
export type SiteCode = Static<typeof SiteCode>

/** POST /sites/:site/move: it follows that central from now on; the code was made there. */
export const SiteMove = NamedObject('SiteMove', { url: ApplianceUrl, code: JoinCode }, strict)
export type SiteMove = Static<typeof SiteMove>

/** invited: it has a code, and did not come yet. */
const SiteState = Type.Union([Type.Literal('invited'), Type.Literal('joined'), Type.Literal('moved'), Type.Literal('retired')])

export const SiteView = NamedObject('SiteView', {
  name: Name,
  state: SiteState,
  ring: Type.Optional(Name),
  policy: SitePolicy,
  addedAt: Instant,
  joinedAt: Type.Optional(Instant),
  lastContactAt: Type.Optional(Instant),
  /** Whether its line stands now: what is asked of it is answered. */
  isConnected: Type.Boolean(),
  /** Of what is offered to it. */
  revision: Type.Integer(),
  itemCount: Type.Integer(),
  offeredBytes: SizeBytes,
  /** A change that waits for its ring. */
  isWaiting: Type.Boolean(),
  /** It has all that is offered. */
  isComplete: Type.Boolean(),
  /** The site holds what this central never offered: this central was emptied, or restored from a backup. */
  isAhead: Type.Boolean(),
  /** As the site said last. */
  reportedAt: Type.Optional(Instant),
  version: Type.Optional(Type.String()),
  heldCount: Type.Optional(Type.Integer()),
  leftBytes: Type.Optional(SizeBytes),
  current: Type.Optional(Type.String()),
  failures: Type.Array(ItemFailure),
  refusal: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
  nodeCount: Type.Optional(Type.Integer()),
  drifted: Type.Array(Type.String()),
  runningJobs: Type.Optional(Type.Integer()),
  imageVersions: Type.Optional(Type.Integer()),
  storeFreeBytes: Type.Optional(SizeBytes),
  storeTotalBytes: Type.Optional(SizeBytes),
})
export type SiteView = Static<typeof SiteView>
/** PUT /site-updates, for all sites. */
export const SiteUpdates = NamedObject(
  'SiteUpdates',
  {
    /** Nothing new is offered to any site. */
    isStopped: Type.Boolean(),
    /** In which order changes come to the rings: to the next when the one before has them. Sites of other rings, or of none, come last. */
    rings: Type.Array(Name, { maxItems: 100, uniqueItems: true }),
  },
  strict,
)
export type SiteUpdates = Static<typeof SiteUpdates>

export const SiteList = NamedObject('SiteList', { sites: Type.Array(SiteView), updates: SiteUpdates })
export type SiteList = Static<typeof SiteList>

/** GET /sites/:site */
export const SiteDetail = NamedObject('SiteDetail', {
  ...SiteView.properties,
  items: Type.Array(FollowedItem),
  nodes: Type.Array(SiteNode),
  /** Newest first. */
  journal: Type.Array(JournalEntry),
})
export type SiteDetail = Static<typeof SiteDetail>

/** POST /central/join, at the site. */
export const Join = NamedObject('Join', { url: ApplianceUrl, code: JoinCode }, strict)
export type Join = Static<typeof Join>

/** GET /central, at the site: whom it follows, and how far it is. */
export const CentralView = NamedObject('CentralView', {
  url: Type.String(),
  site: Name,
  joinedAt: Instant,
  isConnected: Type.Boolean(),
  lastContactAt: Type.Optional(Instant),
  lastFailure: Type.Optional(Type.String()),
  revision: Type.Integer(),
  itemCount: Type.Integer(),
  heldCount: Type.Integer(),
  leftBytes: SizeBytes,
  receivedBytes: SizeBytes,
  current: Type.Optional(Type.String()),
  /** Content waits for this. */
  waitsFor: Type.Optional(Type.String()),
  failures: Type.Array(ItemFailure),
  refusal: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
  /** What happened and was not told yet. */
  unreported: Type.Integer(),
})
export type CentralView = Static<typeof CentralView>
