// What a node should run, and who says so. Pure: schemas and their types.
// A node's own wish wins over that of its classes, field by field; of several classes the first by name that says the field.
import { type Static, Type } from 'typebox'
import { NamedObject, NamedUnion } from './named.ts'
import { Architecture, Name } from './values.ts'

const strict = { additionalProperties: false }

/** A name of something that images and packages provide and nodes ask for: web-server, postgresql-16. */
export const Feature = Type.String({ pattern: '^[a-z0-9][a-z0-9.+_-]{0,62}$' })
export const Features = Type.Array(Feature, { maxItems: 50, uniqueItems: true })

/** An image for the nodes of one processor type: this version, the one that carries the tag, or (neither said) the newest that fits. */
export const WantedImage = NamedObject(
  'WantedImage',
  {
    /** Left out: for every processor type that no other entry names; the image itself says what it starts on. */
    architecture: Type.Optional(Architecture),
    image: Name,
    version: Type.Optional(Type.Integer({ minimum: 1 })),
    tag: Type.Optional(Name),
    /** Added to the kernel command line of the boot OS of these nodes. */
    kernelArguments: Type.Optional(Type.Array(Type.String({ pattern: '^[!-~]{1,200}$' }), { maxItems: 50 })),
    /** The build of the boot OS that these nodes start. Left out: the one in use. */
    bootBuild: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' })),
  },
  strict,
)
export type WantedImage = Static<typeof WantedImage>

/** A package by name; range in the words of its own kind of version. Left out: the newest that fits. */
export const WantedPackage = NamedObject(
  'WantedPackage',
  { name: Name, range: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })) },
  strict,
)
export type WantedPackage = Static<typeof WantedPackage>

/**
 * off: nothing is compared. report (left out): a difference is told. at-first-boot: an approved machine that runs nothing yet gets its deploy by
 * itself. at-boot: that, and whatever a machine proves at a boot to have otherwise is made right.
 */
export const Enforce = NamedUnion('Enforce', [
  Type.Literal('off'),
  Type.Literal('report'),
  Type.Literal('at-first-boot'),
  Type.Literal('at-boot'),
])
export type Enforce = Static<typeof Enforce>

export const wantedFields = {
  /** At most one for each processor type, and one for all others. */
  runs: Type.Optional(Type.Array(WantedImage, { minItems: 1, maxItems: 8 })),
  packages: Type.Optional(Type.Array(WantedPackage, { maxItems: 100 })),
  features: Type.Optional(Features),
  enforce: Type.Optional(Enforce),
}
/** PUT /nodes/:node/wanted: the node's own wish; an empty one leaves everything to its classes. */
export const Wanted = NamedObject('Wanted', wantedFields, strict)
export type Wanted = Static<typeof Wanted>
