// Numbered builds of the boot OS: what build.json says, and how builds look from outside. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedObject } from './named.ts'
import { Architecture, Digest, Instant, Name, SizeBytes } from './values.ts'

/** vmlinuz, initrd.img, variant.img, agent.img; loaders/undionly.kpxe. A part of a path. */
const FileName = Type.String({ pattern: '^(loaders/)?[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' })

/** One file of a build. */
export const BootArtefact = NamedObject('BootArtefact', { name: FileName, sizeBytes: SizeBytes, digest: Digest })
export type BootArtefact = Static<typeof BootArtefact>

/** What it was made from: a package with its version, the recipe, the additions of a variant. */
export const BootInput = NamedObject('BootInput', { name: Type.String(), version: Type.String(), digest: Type.String() })

const recordFields = {
  architecture: Architecture,
  /** Made with additions that have this name. Left out: the plain boot OS. */
  variant: Type.Optional(Name),
  builtAt: Instant,
  artefacts: Type.Array(BootArtefact),
  inputs: Type.Array(BootInput),
}

/** build.json: what a build is, wherever it lies; its number it gets where it is kept. */
export const BootBuildRecord = NamedObject('BootBuildRecord', recordFields)
export type BootBuildRecord = Static<typeof BootBuildRecord>

const strict = { additionalProperties: false }

/** What a node, a class or a model asks of its boot OS. */
export const bootOsFields = {
  /** By its number: that one exactly. */
  build: Type.Optional(Type.Integer({ minimum: 1 })),
  /** Whichever of its builds is in use. */
  variant: Type.Optional(Name),
  /** Added to the kernel command line. */
  kernelArguments: Type.Optional(Type.Array(Type.String({ pattern: '^[!-~]{1,200}$' }), { maxItems: 50 })),
  /** In the place of tty0 and ttyS0,115200; the last is the one that programs write to. */
  console: Type.Optional(
    Type.Array(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9]{0,15}(,[0-9a-z]{1,20})?$' }), { minItems: 1, maxItems: 8 }),
  ),
}
export const BootOsWish = NamedObject('BootOsWish', bootOsFields, { ...strict, minProperties: 1 })
export type BootOsWish = Static<typeof BootOsWish>

/** What a machine says of the boot OS that it runs. */
export const BootedSystem = NamedObject('BootedSystem', {
  /** As its kernel command line has it. */
  build: Type.Optional(Type.Integer({ minimum: 1 })),
  /** Digests of the recipe and of the additions that its system was made from, as the system itself has them. */
  recipe: Type.Optional(Digest),
  variant: Type.Optional(Digest),
})
export type BootedSystem = Static<typeof BootedSystem>

const buildFields = {
  architecture: Architecture,
  /** Counts up for each architecture; never given again. */
  number: Type.Integer({ minimum: 1 }),
  variant: Type.Optional(Name),
  builtAt: Instant,
  /** Over all its files: equal digests are equal builds. */
  digest: Digest,
  /** Of all its files together; those that other builds have as well lie on the disk once. */
  sizeBytes: SizeBytes,
  /** Whoever asks for its variant, and for none of its builds, gets this one. */
  isInUse: Type.Boolean(),
  /** Who asks for it by its number, as sentences: "class web wants it". */
  wantedBy: Type.Array(Type.String()),
}

/** A line of the list. */
export const BootBuildSummary = NamedObject('BootBuildSummary', buildFields)
export type BootBuildSummary = Static<typeof BootBuildSummary>

/** GET /boot-builds: by architecture, the newest first. */
export const BootBuildList = NamedObject('BootBuildList', { builds: Type.Array(BootBuildSummary) })
export type BootBuildList = Static<typeof BootBuildList>

/** GET /boot-builds/:architecture/:number, with every file and everything that it was made from. */
export const BootBuildView = NamedObject('BootBuildView', { ...buildFields, ...recordFields })
export type BootBuildView = Static<typeof BootBuildView>
