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
