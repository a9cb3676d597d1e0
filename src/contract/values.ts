// The small words that everything else is spelled with. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedUnion } from './named.ts'

/** Lower case, colons: 52:54:00:12:34:56. */
export const Mac = Type.String({ pattern: '^([0-9a-f]{2}:){5}[0-9a-f]{2}$' })

/** SHA-256 in lower-case hex. */
export const Digest = Type.String({ pattern: '^[0-9a-f]{64}$' })
export type Digest = Static<typeof Digest>

/** An instant as ISO 8601 in UTC, as Date.prototype.toISOString writes it. */
export const Instant = Type.String({ format: 'date-time' })

/** A name that people type and that becomes part of a path: image, profile, node. */
export const Name = Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,62}$' })

export const Architecture = NamedUnion('Architecture', [Type.Literal('x64'), Type.Literal('arm64')])
export type Architecture = Static<typeof Architecture>

export const Firmware = NamedUnion('Firmware', [Type.Literal('bios'), Type.Literal('uefi')])
export type Firmware = Static<typeof Firmware>

export const SizeBytes = Type.Integer({ minimum: 0 })

/** How a machine with nothing to do is sent to its own disk; tried in the order that its record says worked. */
export const LocalBootMethod = NamedUnion('LocalBootMethod', [
  Type.Literal('boot-next'),
  Type.Literal('exit'),
  Type.Literal('sanboot'),
])
export type LocalBootMethod = Static<typeof LocalBootMethod>

/** A name of something that images and packages provide and nodes ask for: web-server, postgresql-16. */
const Feature = Type.String({ pattern: '^[a-z0-9][a-z0-9.+_-]{0,62}$' })
export const Features = Type.Array(Feature, { maxItems: 50, uniqueItems: true })

/** A word that people put on nodes and sites. */
export const Label = Type.String({ minLength: 1, maxLength: 100, pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]*$' })
export const Labels = Type.Array(Label, { maxItems: 50, uniqueItems: true })
