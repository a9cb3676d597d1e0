// package.yaml: software that is installed into an image. Pure: the schema (published as JSON Schema for editors), and how packages look.
import { type Static, Type } from 'typebox'
import { FileRef } from './file-ref.ts'
import { NamedList } from './lists.ts'
import { NamedObject, NamedUnion } from './named.ts'
import { Architecture, Digest, Instant, Name, SizeBytes } from './values.ts'

const strict = { additionalProperties: false }

/** As Debian spells them, which is also a part of a path (policy manual, 5.6.1). */
export const PackageName = Type.String({ pattern: '^[a-z0-9][a-z0-9+.-]{0,99}$' })
export const PackageVersion = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9.+~:-]{0,99}$' })
/** What a node asks for without naming software. */
export const FeatureName = Name

/** Which of two versions is newer: as semver.org says, or as Debian does (policy manual, 5.6.12). */
export const VersionOrder = NamedUnion('VersionOrder', [Type.Literal('semver'), Type.Literal('debian')])
export type VersionOrder = Static<typeof VersionOrder>

/** In the language of the order: npm's (^1.2, >=2 <3, 1.x) or Debian's relations (>= 1.2, << 2). Left out, or `*`: any. */
export const VersionRange = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'semver: as npm writes ranges, ^1.2 or >=2 <3. debian: relations that all hold, ">= 1.2, << 2". Left out: any.',
})

const relation = { name: PackageName, range: Type.Optional(VersionRange) }
export const PackageRelation = NamedObject('PackageRelation', relation, strict)
export type PackageRelation = Static<typeof PackageRelation>

export const PackageRequirement = NamedObject(
  'PackageRequirement',
  { ...relation, or: Type.Optional(Type.Array(PackageRelation, { maxItems: 20, description: 'Any of these will do instead.' })) },
  strict,
)
export type PackageRequirement = Static<typeof PackageRequirement>

export const PackageProvision = NamedObject(
  'PackageProvision',
  { name: PackageName, version: Type.Optional(PackageVersion) },
  strict,
)
export type PackageProvision = Static<typeof PackageProvision>

const FilePath = Type.String({ minLength: 1, maxLength: 400 })
const PackageFileSpec = NamedObject(
  'PackageFileSpec',
  {
    file: FilePath,
    to: Type.Optional(
      Type.String({
        pattern: '^/',
        maxLength: 400,
        description: 'Where it lies in the image. Left out: only the scripts see it.',
      }),
    ),
    mode: Type.Optional(Type.String({ pattern: '^0?[0-7]{3}$', description: 'Left out: 0644.' })),
  },
  strict,
)

const script = (what: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 400, description: what }))
const models = Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
  minItems: 1,
  maxItems: 100,
  description: 'Products that it fits, as `platen node show` names them; * stands for any text. Left out: all.',
})

/** What both a folder and a .deb say of themselves. */
const description = {
  name: PackageName,
  version: PackageVersion,
  order: Type.Optional(VersionOrder),
  architectures: Type.Optional(Type.Array(Architecture, { minItems: 1, description: 'Left out: all.' })),
  models: Type.Optional(models),
  requires: Type.Optional(Type.Array(PackageRequirement, { maxItems: 500 })),
  conflicts: Type.Optional(Type.Array(PackageRelation, { maxItems: 500 })),
  provides: Type.Optional(Type.Array(PackageProvision, { maxItems: 500 })),
  features: Type.Optional(Type.Array(FeatureName, { maxItems: 100 })),
  description: Type.Optional(Type.String({ maxLength: 10_000 })),
  maintainer: Type.Optional(Type.String({ maxLength: 500 })),
}

export const Package = Type.Object(
  {
    ...description,
    files: Type.Optional(Type.Array(PackageFileSpec, { maxItems: 5000 })),
    install: script('Runs inside the image, after the files are there.'),
    remove: script('Runs inside the image, before the files go.'),
    verify: script('Runs inside the image; when it exits non-zero, the package is not as it should be.'),
  },
  { ...strict, $id: 'https://platen.invalid/package.schema.json', title: 'Platen package' },
)
export type Package = Static<typeof Package>

/** One version, by what it is and by what it holds. */
const ref = { name: PackageName, version: PackageVersion, digest: Digest }
export const PackageRef = NamedObject('PackageRef', ref)
export type PackageRef = Static<typeof PackageRef>

/** What the agent needs of one version; the files are fetched by digest. deb: the one file is installed by the image's own dpkg. */
export const PackageContent = NamedObject('PackageContent', {
  ...ref,
  kind: Type.Union([Type.Literal('folder'), Type.Literal('deb')]),
  files: Type.Array(Type.Object({ ...FileRef.properties, to: Type.Optional(Type.String()), mode: Type.Optional(Type.String()) })),
  install: Type.Optional(FileRef),
  remove: Type.Optional(FileRef),
  verify: Type.Optional(FileRef),
})
export type PackageContent = Static<typeof PackageContent>

export const PackageVersionView = NamedObject('PackageVersionView', {
  ...description,
  order: VersionOrder,
  digest: Digest,
  kind: Type.Union([Type.Literal('folder'), Type.Literal('deb')]),
  sizeBytes: SizeBytes,
  files: Type.Array(FileRef),
  addedAt: Instant,
})
export type PackageVersionView = Static<typeof PackageVersionView>

/** Versions: the newest first, in its order. */
export const PackageView = NamedObject('PackageView', { name: PackageName, versions: Type.Array(PackageVersionView) })
export type PackageView = Static<typeof PackageView>

/** Something in the watched folder that is no package, and why. */
export const PackageProblem = NamedObject('PackageProblem', {
  item: Type.String(),
  line: Type.Optional(Type.Integer()),
  reason: Type.String(),
})
export type PackageProblem = Static<typeof PackageProblem>

/** GET /packages */
export const PackageList = NamedList('PackageList', 'packages', PackageView, { problems: Type.Array(PackageProblem) })
export type PackageList = Static<typeof PackageList>

/** POST /packages/resolve: what is wanted, and of the machine what matters for it. */
export const ResolveQuery = NamedObject(
  'ResolveQuery',
  {
    packages: Type.Array(PackageRelation, { maxItems: 500, default: [] }),
    features: Type.Optional(Type.Array(FeatureName, { maxItems: 100 })),
    architecture: Architecture,
    /** The product's name. Left out: unknown, so only packages that fit all fit. */
    model: Type.Optional(Type.String()),
    /** What the image brings. */
    provided: Type.Optional(Type.Array(PackageProvision, { maxItems: 5000 })),
    providedFeatures: Type.Optional(Type.Array(FeatureName, { maxItems: 100 })),
  },
  strict,
)
export type ResolveQuery = Static<typeof ResolveQuery>

export const ChosenPackage = NamedObject('ChosenPackage', {
  ...ref,
  sizeBytes: SizeBytes,
  because: Type.String(),
  /** Newer ones, and why each lost. */
  passedOver: Type.Array(Type.Object({ version: PackageVersion, reason: Type.String() })),
})
export type ChosenPackage = Static<typeof ChosenPackage>

export const Resolution = NamedUnion('Resolution', [
  Type.Object({
    kind: Type.Literal('resolved'),
    /** In the order in which they are installed. */
    packages: Type.Array(ChosenPackage),
    /** What a .deb asks for and no package here provides: the image's own dpkg decides. */
    leftToImage: Type.Array(Type.String()),
  }),
  Type.Object({
    kind: Type.Literal('refused'),
    code: Type.Union([Type.Literal('PACKAGES_CONFLICT'), Type.Literal('PACKAGES_TOO_TANGLED')]),
    reasons: Type.Array(Type.String()),
  }),
])
export type Resolution = Static<typeof Resolution>

/** How a package travels: a .deb as it is, or a folder as an uncompressed tar; which of them, its first bytes say. */
export const PACKAGE_TYPE = 'application/vnd.platen.package'
