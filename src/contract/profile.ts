// profile.yaml: how an image is built. Pure: the schema (published as JSON Schema for editors) and its types.
import { type Static, Type } from 'typebox'
import { ReadAs } from './image.ts'
import { DiskHint } from './inventory.ts'
import { NamedObject, NamedUnion } from './named.ts'
import { PartitionSpec } from './partitions.ts'
import { PersonaliseWish } from './personalise.ts'
import { RebootTarget, ScriptActionOf, SetupActionOf } from './steps.ts'
import { Architecture, Features, Name } from './values.ts'

const strict = { additionalProperties: false }
const StepTimeout = Type.Optional(Type.Integer({ minimum: 1, description: 'Seconds after which the step has failed.' }))

/** A path inside the profile's folder, or the name of a component. */
const ProfileFile = Type.String({ minLength: 1, description: 'A file of this profile, relative to its folder, or a component.' })

export const Component = NamedObject(
  'Component',
  {
    name: Name,
    file: Type.String({ description: 'Where the file lies, relative to the folder of the profile.' }),
    make: Type.Optional(
      Type.String({ description: 'A script of this profile that makes the file; run by `platen profile prepare`.' }),
    ),
  },
  strict,
)

const Configured = Type.Object(
  {
    configuration: { ...Name, description: 'A template or configuration file that the appliance keeps, rendered for its site.' },
  },
  strict,
)

const Actions = NamedObject(
  'Actions',
  {
    actions: Type.Array(SetupActionOf(ProfileFile, Configured)),
    secrets: Type.Optional(
      Type.Array(Name, {
        minItems: 1,
        maxItems: 50,
        uniqueItems: true,
        description:
          'Secrets of the appliance that the scripts of this step find as PLATEN_SECRET_NAME; `platen secret set` keeps one.',
      }),
    ),
    timeoutSeconds: StepTimeout,
    retries: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 20, description: 'How often it is tried again when it has failed. Left out: never.' }),
    ),
  },
  strict,
)

const Reboot = NamedObject(
  'Reboot',
  {
    into: RebootTarget,
    how: Type.Optional(
      Type.Union([Type.Literal('firmware'), Type.Literal('kexec')], {
        description: 'kexec: straight into the kernel of this profile, without the firmware. Left out: firmware.',
      }),
    ),
    kernel: Type.Optional(ProfileFile),
    initrd: Type.Optional(ProfileFile),
    arguments: Type.Optional(
      Type.String({ maxLength: 2000, description: 'Command line of the kernel; {{name}} is a variable.' }),
    ),
    waitSeconds: Type.Optional(Type.Integer({ minimum: 1, description: 'How long it may take until the agent is back.' })),
    notBackBeforeSeconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 600,
        description: 'local-disk: a boot that asks again sooner is still the one that was sent to the disk. Left out: 15.',
      }),
    ),
  },
  strict,
)

/** One of the steps between format and capture. */
const BuildStep = NamedUnion('BuildStep', [
  Type.Object({ setup: Actions }, strict),
  Type.Object({ activate: Actions }, strict),
  Type.Object({ reboot: Reboot }, strict),
])

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
    setup: Type.Optional(Actions),
    activate: Type.Optional(Actions),
    steps: Type.Optional(
      Type.Array(BuildStep, {
        minItems: 1,
        maxItems: 50,
        description: 'Instead of setup and activate: any number of steps between format and capture, in this order.',
      }),
    ),
    onFailure: Type.Optional(
      Type.Object(
        { actions: Type.Array(ScriptActionOf(ProfileFile), { minItems: 1 }), timeoutSeconds: StepTimeout },
        { ...strict, description: 'Scripts that run when the build has failed; files in PLATEN_OUTPUT are kept with the job.' },
      ),
    ),
    capture: Type.Object(
      {
        image: Name,
        grow: Type.Optional(
          Type.String({ maxLength: 36, description: 'The partition that grows on larger disks; left out, the last that can.' }),
        ),
        as: Type.Optional(ReadAs),
        provides: Type.Optional({ ...Features, description: 'Features of the image, by which nodes ask for it.' }),
        timeoutSeconds: StepTimeout,
      },
      strict,
    ),
    deploy: Type.Optional(
      Type.Object(
        { personalise: Type.Optional(PersonaliseWish) },
        { ...strict, description: 'What a deploy of this image does unless the job or a class of the machine says otherwise.' },
      ),
    ),
  },
  { ...strict, $id: 'https://platen.invalid/profile.schema.json', title: 'Platen profile' },
)
export type Profile = Static<typeof Profile>

export const ProfileView = NamedObject('ProfileView', {
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
