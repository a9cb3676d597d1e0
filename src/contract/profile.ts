// profile.yaml: how an image is built. Pure: the schema (published as JSON Schema for editors) and its types.
import { type Static, Type } from 'typebox'
import { DiskHint } from './inventory.ts'
import { PartitionSpec, SetupActionOf } from './steps.ts'
import { Architecture, Name } from './values.ts'

const strict = { additionalProperties: false }
const StepTimeout = Type.Optional(Type.Integer({ minimum: 1, description: 'Seconds after which the step has failed.' }))

/** A path inside the profile's folder, or the name of a component. */
const ProfileFile = Type.String({ minLength: 1, description: 'A file of this profile, relative to its folder, or a component.' })

export const Component = Type.Object(
  {
    name: Name,
    file: Type.String({ description: 'Where the file lies, relative to the folder of the profile.' }),
    make: Type.Optional(
      Type.String({ description: 'A script of this profile that makes the file; run by `platen profile prepare`.' }),
    ),
  },
  strict,
)

export const Profile = Type.Object(
  {
    name: Name,
    title: Type.Optional(Type.String()),
    architecture: Architecture,
    /** Disk of the machine that builds; left out, the only one. */
    disk: Type.Optional(DiskHint),
    variables: Type.Optional(Type.Record(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]*$' }), Type.String())),
    components: Type.Optional(Type.Array(Component)),
    format: Type.Object(
      {
        table: Type.Optional(Type.Literal('gpt')),
        partitions: Type.Optional(Type.Array(PartitionSpec, { minItems: 1, maxItems: 128 })),
        script: Type.Optional(ProfileFile),
        mounts: Type.Optional(
          Type.Array(Type.Object({ partition: Type.Integer({ minimum: 1 }), mount: Type.String({ pattern: '^/' }) }, strict)),
        ),
        timeoutSeconds: StepTimeout,
      },
      strict,
    ),
    setup: Type.Optional(Type.Object({ actions: Type.Array(SetupActionOf(ProfileFile)), timeoutSeconds: StepTimeout }, strict)),
    activate: Type.Optional(
      Type.Object({ actions: Type.Array(SetupActionOf(ProfileFile)), timeoutSeconds: StepTimeout }, strict),
    ),
    capture: Type.Object({ image: Name, timeoutSeconds: StepTimeout }, strict),
  },
  { ...strict, $id: 'https://platen.invalid/profile.schema.json', title: 'Platen profile' },
)
export type Profile = Static<typeof Profile>

export const ProfileView = Type.Object({
  name: Name,
  title: Type.Optional(Type.String()),
  /** These four are left out while no good revision was ever loaded; then problems say why. */
  architecture: Type.Optional(Architecture),
  imageName: Type.Optional(Name),
  /** Digest over profile.yaml and all files that it uses: what a job builds with is fixed when it is posted. */
  revision: Type.Optional(Type.String()),
  loadedAt: Type.Optional(Type.String()),
  /** Not empty when the folder now holds a mistake: the revision above stays in force meanwhile. */
  problems: Type.Array(Type.Object({ file: Type.String(), line: Type.Optional(Type.Integer()), reason: Type.String() })),
})
export type ProfileView = Static<typeof ProfileView>
