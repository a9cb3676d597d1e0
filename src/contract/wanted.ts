// What a node should run, who says so, and what is between that and what it has. Pure: schemas and their types.
// A node's own wish wins over that of its classes, field by field; of several classes the first by name that says the field.
import { type Static, Type } from 'typebox'
import { BootedSystem, BootOsWish } from './boot-build.ts'
import { ParameterValues } from './central/parameters.ts'
import { NamedObject, NamedUnion } from './named.ts'
import { PackageName, PackageRelation, PackageVersion } from './package.ts'
import { Present } from './present.ts'
import { Architecture, Features, Instant, Name, SizeBytes } from './values.ts'

const strict = { additionalProperties: false }

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
  },
  strict,
)
export type WantedImage = Static<typeof WantedImage>

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

/** What a machine is to do; image and packages follow from it. */
export const FunctionWish = NamedObject(
  'FunctionWish',
  { name: Name, parameters: Type.Optional({ ...ParameterValues, description: 'Over those of the site and the defaults.' }) },
  strict,
)
export type FunctionWish = Static<typeof FunctionWish>

export const wantedFields = {
  function: Type.Optional(FunctionWish),
  /** At most one for each processor type, and one for all others. */
  runs: Type.Optional(Type.Array(WantedImage, { minItems: 1, maxItems: 8 })),
  packages: Type.Optional(Type.Array(PackageRelation, { maxItems: 100 })),
  features: Type.Optional(Features),
  enforce: Type.Optional(Enforce),
  /** Which boot OS it is worked on with. */
  bootOs: Type.Optional(BootOsWish),
}
/** PUT /nodes/:node/wanted: the node's own wish; an empty one leaves everything to its classes. */
export const Wanted = NamedObject('Wanted', wantedFields, strict)
export type Wanted = Static<typeof Wanted>

const from = Type.String()
/** A candidate and why it was not taken; without a reason it is the one that was. */
export const WantedCandidate = NamedObject('WantedCandidate', { what: Type.String(), lost: Type.Optional(Type.String()) })

/** GET /nodes/:node/wanted: from wanted to difference, each step with who says so. */
export const NodeWanted = NamedObject('NodeWanted', {
  node: Type.String(),
  /** What the node says itself. */
  own: Wanted,
  function: Type.Optional(Type.Object({ name: Name, from, refused: Type.Optional(Type.String()) })),
  /** from: "node rack1-07", "class web". */
  runs: Type.Optional(Type.Object({ entries: Type.Array(WantedImage), from })),
  packages: Type.Optional(Type.Object({ entries: Type.Array(PackageRelation), from })),
  features: Type.Array(Type.Object({ name: Type.String(), from })),
  enforce: Type.Object({ value: Enforce, from }),
  /** What all that means today. Left out: nothing is wanted, or it cannot be had. */
  resolved: Type.Optional(
    Type.Object({
      image: Type.Optional(Type.Object({ name: Type.String(), version: Type.Integer() })),
      packages: Type.Array(Type.Object({ name: Type.String(), version: Type.String() })),
    }),
  ),
  /** The boot OS of its next start, and of its last one. */
  bootOs: NamedObject('NodeBootOs', {
    /** Who says which build or variant, with which words. Left out: nobody. */
    which: Type.Optional(Type.Object({ build: Type.Optional(Type.Integer()), variant: Type.Optional(Name), from })),
    kernelArguments: Type.Optional(Type.Object({ words: Type.Array(Type.String()), from })),
    console: Type.Optional(Type.Object({ words: Type.Array(Type.String()), from })),
    /** The build that its next start gets. Left out: there is none for its processor type. */
    nextBuild: Type.Optional(Type.Integer()),
    next: Type.String(),
    /** What it said itself when it started last. */
    booted: Type.Optional(BootedSystem),
    present: Type.String(),
  }),
  candidates: Type.Array(WantedCandidate),
  present: Type.Optional(Present),
  difference: Type.Object({
    kind: Type.Union([
      Type.Literal('none'),
      Type.Literal('unmet'),
      Type.Literal('image'),
      Type.Literal('packages'),
      Type.Literal('files'),
    ]),
    words: Type.String(),
    /** At most so many travel. */
    bytes: Type.Optional(SizeBytes),
  }),
  /** What happens by itself, and why nothing else. */
  standing: Type.String(),
})
export type NodeWanted = Static<typeof NodeWanted>

const InstalledPackage = NamedObject('InstalledPackage', { name: PackageName, version: PackageVersion })
export type InstalledPackage = Static<typeof InstalledPackage>

/** What ran on a node from when to when. */
export const RanVersion = NamedObject('RanVersion', {
  imageName: Name,
  version: Type.Integer({ minimum: 1 }),
  from: Instant,
  /** Left out: it still runs. */
  to: Type.Optional(Instant),
  /** Installed beside the image. Left out: an earlier version of the appliance did not note them. */
  packages: Type.Optional(Type.Array(InstalledPackage)),
  /** Who or what asked for it. */
  by: Type.String(),
  jobId: Type.Optional(Type.String()),
})
export type RanVersion = Static<typeof RanVersion>
/** GET /nodes/:node/history, newest first. */
export const NodeHistory = NamedObject('NodeHistory', { ran: Type.Array(RanVersion) })

const version = Type.Object({ imageName: Name, version: Type.Integer({ minimum: 1 }) })
/** What a roll-back or a roll-out would move; told before it starts. */
export const MovePlan = NamedObject('MovePlan', {
  moves: Type.Array(
    Type.Object({
      node: Type.String(),
      /** Left out: nobody knows what it runs. */
      from: Type.Optional(version),
      to: version,
      /** Packages that come (without from), change or go (without to). Left out: nobody says, or none. */
      packages: Type.Optional(
        Type.Array(Type.Object({ name: PackageName, from: Type.Optional(PackageVersion), to: Type.Optional(PackageVersion) })),
      ),
      /** Used bytes in chunks that are not the same in both versions, by their manifests; of a stranger all that are used. And packages that come. */
      bytes: SizeBytes,
    }),
  ),
  bytes: SizeBytes,
})
export type MovePlan = Static<typeof MovePlan>

const RollBackTo = { to: Type.Optional(Type.Integer({ minimum: 1, description: 'Left out: the version before.' })) }
/** GET /nodes/:node/roll-back and /classes/:name/roll-back: the plan. POST does it. */
export const RollBackQuery = NamedObject('RollBackQuery', RollBackTo, strict)
export type RollBackQuery = Static<typeof RollBackQuery>
/** POST /nodes/:node/roll-back: the version and its packages of that time become the node's own wish, and are brought there. */
export const NodeRollBack = NamedObject('NodeRollBack', RollBackTo, strict)
/** POST /classes/:name/roll-back: the class runs that version from now on. `nodes` must be how many the plan moves, or nothing is done. */
export const ClassRollBack = NamedObject('ClassRollBack', { ...RollBackTo, nodes: Type.Integer({ minimum: 0 }) }, strict)
export type ClassRollBack = Static<typeof ClassRollBack>
