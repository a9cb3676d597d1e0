// The composite bundle: one signed file with content of every kind. Pure: what its index says, and what a person is told of it.
// Not to be taken for the bundle of one image version (image-transfer.ts), which holds content alone and is not signed.
import { type Static, Type } from 'typebox'
import { NamedObject, NamedUnion } from './named.ts'
import { Digest, Instant, SizeBytes } from './values.ts'

export const COMPOSITE_TYPE = 'application/vnd.platen.composite-bundle'
/** Grows when an older program could misunderstand what a newer one writes. */
export const COMPOSITE_FORMAT = 1

/** In the order in which they are installed: what others name comes before them. */
export const BundleKind = NamedUnion('BundleKind', [
  Type.Literal('image'),
  Type.Literal('tag'),
  Type.Literal('package'),
  Type.Literal('profile'),
  Type.Literal('boot-build'),
  Type.Literal('class'),
  Type.Literal('rule'),
  Type.Literal('node'),
  Type.Literal('schedule'),
  Type.Literal('hook'),
])
export type BundleKind = Static<typeof BundleKind>
export const BUNDLE_KINDS: readonly BundleKind[] = BundleKind.anyOf.map(({ const: kind }) => kind)

/** Bytes that lie in the file behind the index, by their digest. */
const Blob = Type.Object({ digest: Digest, sizeBytes: SizeBytes }, { additionalProperties: false })

const named = {
  kind: BundleKind,
  /** web@3 of an image, curl@8.14.1-2 of a package, web:stable of a tag, x64@4 of a build of the boot OS; else as it is called. */
  name: Type.String({ minLength: 1, maxLength: 250 }),
  /** What an appliance that takes it has to be told anew, such as the password of a hook. */
  leftOut: Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { maxItems: 50 })),
}

export const BundleEntry = Type.Object(
  {
    ...named,
    /** As its kind has it; each kind checks its own. */
    value: Type.Unknown(),
    /** Of an image version: its manifest as it lies in the file, zstd-compressed. The chunks follow from it. */
    manifest: Type.Optional(Blob),
    files: Type.Optional(Type.Array(Blob, { maxItems: 10_000 })),
  },
  { additionalProperties: false },
)
export type BundleEntry = Static<typeof BundleEntry>

/** index.json: what is signed. It names everything else in the file, so one signature covers all. */
export const BundleIndex = Type.Object(
  {
    format: Type.Literal(COMPOSITE_FORMAT),
    createdAt: Instant,
    /** The version of the program that made it. */
    createdBy: Type.String({ maxLength: 100 }),
    entries: Type.Array(BundleEntry, { maxItems: 100_000 }),
  },
  { additionalProperties: false },
)
export type BundleIndex = Static<typeof BundleIndex>

/** GET /bundle?select=class:lab&select=image:web@3: the file. Without a selection everything. */
export const BundleSelection = NamedObject('BundleSelection', {
  select: Type.Optional(
    Type.Array(Type.String({ pattern: '^[a-z]+(-[a-z]+)*:.+$', maxLength: 300 }), {
      maxItems: 1000,
      description: 'kind:name, such as class:lab or image:web@3; what it needs comes along. Left out: everything.',
    }),
  ),
})

/** POST /bundles: which key the bundle must be signed by. Neither said: one that was trusted before, or this appliance's own. */
export const BundleTrust = NamedObject('BundleTrust', {
  key: Type.Optional(Type.String({ maxLength: 200, description: 'A public key of minisign, the line that begins with RW.' })),
  trustNewKey: Type.Optional(
    Type.Boolean({ description: 'Believe the key that the bundle itself brings, and know it from now on.' }),
  ),
})
export type BundleTrust = Static<typeof BundleTrust>

/** own: by this appliance. known: trusted before. named: by the person now. first-use: on the word of the bundle itself. */
export const KeyStanding = NamedUnion('KeyStanding', [
  Type.Literal('own'),
  Type.Literal('known'),
  Type.Literal('named'),
  Type.Literal('first-use'),
])
export type KeyStanding = Static<typeof KeyStanding>

/** A bundle that was brought, checked whole, and waits to be installed. */
export const BroughtBundle = NamedObject('BroughtBundle', {
  id: Type.String(),
  createdAt: Instant,
  createdBy: Type.String(),
  /** As minisign writes it. */
  keyId: Type.String(),
  publicKey: Type.String(),
  keyStanding: KeyStanding,
  /** Chunks that the store lacks. */
  newChunks: Type.Integer({ minimum: 0 }),
  entries: Type.Array(
    Type.Object({
      ...named,
      standing: Type.Union([Type.Literal('new'), Type.Literal('equal'), Type.Literal('conflict')]),
      /** Of a conflict: what is here under that name. */
      because: Type.Optional(Type.String()),
    }),
  ),
})
export type BroughtBundle = Static<typeof BroughtBundle>

/** refuse: nothing is installed while there is a conflict. keep: what is here stays. replace: what is here is put aside, where that can be. */
export const OnConflict = NamedUnion('OnConflict', [Type.Literal('refuse'), Type.Literal('keep'), Type.Literal('replace')])
export type OnConflict = Static<typeof OnConflict>
/** POST /bundles/:id/install */
export const BundleInstall = NamedObject('BundleInstall', { onConflict: OnConflict }, { additionalProperties: false })
export type BundleInstall = Static<typeof BundleInstall>

export const InstalledBundle = NamedObject('InstalledBundle', {
  id: Type.String(),
  entries: Type.Array(
    Type.Object({
      ...named,
      done: Type.Union([Type.Literal('installed'), Type.Literal('equal'), Type.Literal('kept'), Type.Literal('replaced')]),
      because: Type.Optional(Type.String()),
    }),
  ),
  /** Where what was replaced lies now, on the appliance. Left out: nothing was. */
  aside: Type.Optional(Type.String()),
})
export type InstalledBundle = Static<typeof InstalledBundle>

/** GET /bundle-key: by which bundles of this appliance are signed. */
export const BundleKey = NamedObject('BundleKey', { keyId: Type.String(), publicKey: Type.String() })
export type BundleKey = Static<typeof BundleKey>
