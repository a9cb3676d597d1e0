// What one site needs, and nothing else: the list by which it follows. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedObject, NamedUnion } from '../named.ts'
import { Digest, Name, SizeBytes } from '../values.ts'

/** Most urgent first. */
export const SiteItemKind = NamedUnion('SiteItemKind', [
  Type.Literal('boot-build'),
  Type.Literal('site'),
  Type.Literal('function'),
  Type.Literal('distribution-profile'),
  Type.Literal('distribution'),
  Type.Literal('template'),
  Type.Literal('file'),
  Type.Literal('class'),
  Type.Literal('rule'),
  Type.Literal('image'),
  Type.Literal('package'),
  Type.Literal('profile'),
])
export type SiteItemKind = Static<typeof SiteItemKind>

const ORDER = SiteItemKind.anyOf.map((each) => each.const)
/** How urgent a kind is: the lowest travels first. */
export const urgencyOf = (kind: SiteItemKind): number => ORDER.indexOf(kind)

export const SiteItem = NamedObject('SiteItem', {
  kind: SiteItemKind,
  /** Of an image, package, profile, class…: its name here. Of a build of the boot OS: its processor type. */
  name: Type.String(),
  /** Number of an image, a template, a build; version of a package; revision of a profile. Left out: it has none. */
  version: Type.Optional(Type.String()),
  /**
   * Of an image: of its manifest. Of a package, a build: its own. Of a profile: its revision.
   * Of all others: SHA-256 of their canonical JSON, as `SiteObject` carries it.
   */
  digest: Digest,
  /** Of an image: the bytes that are used in it, before compression; the plan tells what is stored. */
  bytes: SizeBytes,
  /** Who needs it: "function web", "class edge runs it". */
  why: Type.Array(Type.String()),
})
export type SiteItem = Static<typeof SiteItem>

/** GET /sites/:name/closure */
export const SiteClosure = NamedObject('SiteClosure', {
  site: Name,
  /** SHA-256 of the canonical JSON of kinds, names, versions and digests: the same as long as nothing of it changes. */
  revision: Digest,
  /** Most urgent first; within a kind by name. */
  items: Type.Array(SiteItem),
  /** What it should have and cannot, each a sentence: a distribution without the image that it names. */
  lacks: Type.Array(Type.String()),
})
export type SiteClosure = Static<typeof SiteClosure>

/** GET /sites/:name/plan: what would travel to a site that has nothing. */
export const SitePlan = NamedObject('SitePlan', {
  ...SiteClosure.properties,
  items: Type.Array(
    Type.Object({
      ...SiteItem.properties,
      /** As stored, compressed. Left out: some of it is not in the store. */
      storedBytes: Type.Optional(SizeBytes),
    }),
  ),
  /** Of all together: what several share counts once. */
  storedBytes: SizeBytes,
  /** What the items would have when nothing were shared. */
  unsharedBytes: SizeBytes,
})
export type SitePlan = Static<typeof SitePlan>
