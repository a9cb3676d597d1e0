// What a site and its central say to each other, under /site/v1. Pure: schemas and their types.
// The site asks, always: behind NAT nobody could call it. What central says that matters is signed by its key, which the site knows by the
// fingerprint in the code that it joined with; so a line that somebody else holds brings nothing that was not meant.
import { type Static, Type } from 'typebox'
import { NamedObject } from '../named.ts'
import { RoleName, Scope } from '../people.ts'
import { Digest, Instant, Name, SizeBytes } from '../values.ts'

export const SITE_API_PREFIX = '/site/v1'

const strict = { additionalProperties: false }
const Id = Type.String({ minLength: 1, maxLength: 100 })

/** Something that central signed: text is JSON; what it is, is part of what is signed. */
export const Signed = NamedObject('Signed', {
  text: Type.String(),
  /** Names the key: sixteen hex digits of the digest of its public half. */
  keyId: Type.String({ pattern: '^[0-9a-f]{16}$' }),
  signature: Type.String({ pattern: '^[A-Za-z0-9_-]{86}$' }),
})
export type Signed = Static<typeof Signed>

/** Ed25519, DER (SubjectPublicKeyInfo) in base64url. */
const PublicKey = Type.String({ pattern: '^[A-Za-z0-9_-]{59}$' })

/** GET /site/v1/central: nothing of it is believed before its fingerprint is that of the code. */
export const CentralHello = NamedObject('CentralHello', { publicKey: PublicKey })
export type CentralHello = Static<typeof CentralHello>

/** POST /site/v1/join. proof: by the secret of the code over central's key, the site's key and the nonce; the secret itself does not travel. */
export const JoinRequest = NamedObject(
  'JoinRequest',
  { publicKey: PublicKey, nonce: Id, proof: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }) },
  strict,
)
export type JoinRequest = Static<typeof JoinRequest>

/** What the answer to a join holds, signed. */
export const JoinAnswer = Type.Object({
  nonce: Id,
  site: Name,
  /** The certificate authority of central, PEM. Left out: it has none. */
  authority: Type.Optional(Type.String()),
})

/** When and how fast content travels, as the object of the site says. */
export const SitePolicy = NamedObject(
  'SitePolicy',
  {
    /** 22:00-05:00 Europe/Paris. Left out: at once. */
    window: Type.Optional(Type.String({ maxLength: 100 })),
    /** The most that the site fetches. Left out: what the line gives. */
    maxBytesPerSecond: Type.Optional(Type.Integer({ minimum: 1024 })),
    /** Whether images that it built come up. */
    mayPublish: Type.Boolean(),
  },
  strict,
)
export type SitePolicy = Static<typeof SitePolicy>

/** Something that the functions of a site need. */
export const FollowedItem = NamedObject('FollowedItem', {
  kind: Type.String(),
  name: Type.String(),
  version: Type.Optional(Type.String()),
  digest: Digest,
  bytes: SizeBytes,
  why: Type.Array(Type.String()),
})
export type FollowedItem = Static<typeof FollowedItem>

/** GET /site/v1/closure: what a site should have, signed. */
export const Offer = Type.Object({
  site: Name,
  /** Counts the changes of this offer. */
  revision: Type.Integer({ minimum: 0 }),
  /** Names this one. */
  id: Id,
  /** This one and those before it, newest first: whoever holds one that is not here was told by another past than this central's. */
  lineage: Type.Array(Id),
  at: Instant,
  /** Most urgent first. */
  items: Type.Array(FollowedItem),
  /** Where the tags of those images point: image, tag, version. */
  tags: Type.Record(Type.String(), Type.Record(Type.String(), Type.Integer())),
  policy: SitePolicy,
  /** Nothing is meant: without it an offer of nothing is refused. */
  isEmptyOnPurpose: Type.Optional(Type.Boolean()),
})
export type Offer = Static<typeof Offer>

/** POST /site/v1/closure. seen: the offer that the site holds; when it is still the newest the answer has no body. */
export const OfferQuery = NamedObject('OfferQuery', { seen: Type.Optional(Id) }, strict)

export const ItemFailure = NamedObject('ItemFailure', {
  kind: Type.String(),
  name: Type.String(),
  version: Type.Optional(Type.String()),
  code: Type.String(),
  message: Type.String({ maxLength: 2000 }),
})
export type ItemFailure = Static<typeof ItemFailure>

export const SiteNode = NamedObject('SiteNode', {
  name: Type.String(),
  state: Type.String(),
  presence: Type.String(),
  installed: Type.Optional(Type.String()),
  lastSeenAt: Instant,
})

/** POST /site/v1/report: how it stands at the site; the newest counts. */
export const SiteReport = NamedObject(
  'SiteReport',
  {
    version: Type.String({ maxLength: 100 }),
    /** The offer that it works on. */
    offer: Type.Optional(Id),
    revision: Type.Integer({ minimum: 0 }),
    itemCount: Type.Integer({ minimum: 0 }),
    heldCount: Type.Integer({ minimum: 0 }),
    /** An estimate. */
    leftBytes: SizeBytes,
    receivedBytes: SizeBytes,
    /** What comes now. */
    current: Type.Optional(Type.String({ maxLength: 300 })),
    failures: Type.Array(ItemFailure, { maxItems: 200 }),
    /** Why it does not follow the newest offer. */
    refusal: Type.Optional(Type.Object({ code: Type.String(), message: Type.String({ maxLength: 2000 }) })),
    nodeCount: Type.Integer({ minimum: 0 }),
    nodes: Type.Array(SiteNode, { maxItems: 2000 }),
    /** Names of those that do not have what they should. */
    drifted: Type.Array(Type.String(), { maxItems: 2000 }),
    runningJobs: Type.Integer({ minimum: 0 }),
    imageVersions: Type.Integer({ minimum: 0 }),
    storeFreeBytes: SizeBytes,
    storeTotalBytes: SizeBytes,
  },
  strict,
)
export type SiteReport = Static<typeof SiteReport>

/** Something that happened at a site. */
export const JournalEntry = NamedObject('JournalEntry', {
  /** From 1, without a gap, for each site. */
  seq: Type.Integer({ minimum: 1 }),
  at: Instant,
  what: Type.String({ maxLength: 100 }),
  about: Type.String({ maxLength: 300 }),
  detail: Type.Optional(Type.String({ maxLength: 2000 })),
})
export type JournalEntry = Static<typeof JournalEntry>

/** POST /site/v1/journal: in order; entries that came before are passed over. journal: of which these are entries: a site that was made anew begins another. */
export const JournalBatch = NamedObject(
  'JournalBatch',
  { journal: Id, entries: Type.Array(JournalEntry, { maxItems: 500 }) },
  strict,
)
/** All entries up to this one are kept. */
export const JournalAck = NamedObject('JournalAck', { seq: Type.Integer({ minimum: 0 }) })

/** What central asks of a site's own API for a person; travels signed in an event `request`. */
export const Relayed = Type.Object({
  id: Id,
  site: Name,
  /** Later than this it is not carried out. */
  until: Instant,
  method: Type.Union((['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).map((method) => Type.Literal(method))),
  /** Below the operator API, with its query. */
  path: Type.String({ pattern: '^/' }),
  body: Type.Optional(Type.Unknown()),
  person: Type.Object({ name: Type.String(), role: RoleName, scope: Type.Optional(Scope) }),
})
export type Relayed = Static<typeof Relayed>

/** POST /site/v1/answers/:id */
export const RelayAnswer = NamedObject(
  'RelayAnswer',
  {
    status: Type.Integer({ minimum: 100, maximum: 599 }),
    contentType: Type.Optional(Type.String({ maxLength: 200 })),
    /** base64 */
    body: Type.String(),
  },
  strict,
)
export type RelayAnswer = Static<typeof RelayAnswer>

/** Travels signed in an event `move`. */
export const MoveOrder = Type.Object({ id: Id, site: Name, url: Type.String(), code: Type.String() })
export type MoveOrder = Static<typeof MoveOrder>

/** What a version says beside its manifest, signed. GET /site/v1/images/:imageName/versions/:version */
export const ImageParams = Type.Object({ imageName: Name, version: Type.Integer({ minimum: 1 }) })
