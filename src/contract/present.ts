// What a machine proved to have: told by its own disk, and kept only after the appliance checked it. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { InstalledPackage } from './disk-record.ts'
import { NamedObject, NamedUnion } from './named.ts'
import { Digest, Instant } from './values.ts'

/**
 * good: signed by this appliance, for this node, and found on the disk that it speaks of. other-table: the disk was partitioned anew since.
 * Anything but good proves nothing of an image.
 */
export const RecordVerdict = NamedUnion('RecordVerdict', [
  Type.Literal('good'),
  Type.Literal('missing'),
  Type.Literal('edited'),
  Type.Literal('of-another-node'),
  Type.Literal('copied-disk'),
  Type.Literal('other-table'),
])
export type RecordVerdict = Static<typeof RecordVerdict>

export const Health = NamedObject('Health', {
  state: Type.Union([Type.Literal('good'), Type.Literal('bad')]),
  /** Of the scripts that found something, one line each. */
  reasons: Type.Array(Type.String({ maxLength: 300 }), { maxItems: 20 }),
  at: Instant,
})
export type Health = Static<typeof Health>

export const Present = NamedObject('Present', {
  record: RecordVerdict,
  /** Why the record is not good, in words. */
  reason: Type.Optional(Type.String()),
  /** Only of a good record. */
  image: Type.Optional(Type.Object({ name: Type.String(), version: Type.Integer(), digest: Digest })),
  packages: Type.Array(InstalledPackage),
  /** Who looked: the agent at the disk from outside, or platen-node from inside. */
  said: Type.Union([Type.Literal('boot-os'), Type.Literal('running-system')]),
  at: Instant,
  /** The last that the running system said. */
  health: Type.Optional(Health),
})
export type Present = Static<typeof Present>
