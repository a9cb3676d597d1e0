// The parts of a job as the agent receives them: everything resolved, nothing left to look up. Pure.
import { type Static, Type } from 'typebox'
import { ConfigurationText } from './configuration.ts'
import { FileRef } from './file-ref.ts'
import { CheckStep } from './hardware.ts'
import { ReadAs } from './image.ts'
import { DiskHint } from './inventory.ts'
import { NamedObject, NamedUnion } from './named.ts'
import { PackageContent } from './package.ts'
import { PartitionSpec } from './partitions.ts'
import { identityOnDisk } from './personalise.ts'
import { RunStep } from './run.ts'
import { Digest, Name } from './values.ts'
import { WipeStep } from './wipe.ts'

export { FileRef }

export const ScriptActionOf = <T extends Parameters<typeof Type.Object>[0][string]>(file: T) =>
  Type.Object(
    {
      script: file,
      /** Run inside the image instead of beside it. */
      chroot: Type.Optional(Type.Boolean()),
      timeoutSeconds: Type.Optional(Type.Integer({ minimum: 1 })),
    },
    { additionalProperties: false },
  )
export const ScriptAction = ScriptActionOf(FileRef)
export type ScriptAction = Static<typeof ScriptAction>

/** What setup and activate do, in order. Paths under `to` are inside the image. */
export const SetupActionOf = <T extends Parameters<typeof Type.Object>[0][string], C extends Type.TObject>(
  file: T,
  configuration: C,
) =>
  Type.Union([
    Type.Object({ extract: file, to: Type.Optional(Type.String()) }, { additionalProperties: false }),
    Type.Object({ copy: file, to: Type.String(), mode: Type.Optional(Type.String()) }, { additionalProperties: false }),
    Type.Object({ template: file, to: Type.String(), mode: Type.Optional(Type.String()) }, { additionalProperties: false }),
    ScriptActionOf(file),
    configuration,
  ])
export const SetupAction = SetupActionOf(FileRef, Type.Object({ write: ConfigurationText }, { additionalProperties: false }))
export type SetupAction = Static<typeof SetupAction>

const common = { timeoutSeconds: Type.Integer({ minimum: 1 }) }

/** What makes a disk ours beside an id that this system made up: an id out of an image, on a disk that this node was given an image on. */
const secondSigns = {
  sharedTableIds: Type.Optional(Type.Array(Type.String())),
  /** As disk-identity.ts writes them. */
  knownDisks: Type.Optional(Type.Array(Type.String())),
  /** Those whose record the appliance found good in this boot: what is on them is ours, also without an id. */
  provenDisks: Type.Optional(Type.Array(Type.String())),
}

export const FormatStep = NamedObject('FormatStep', {
  kind: Type.Literal('format'),
  ...common,
  disk: DiskHint,
  /** Consent of the job to erase a disk that holds data this system did not put there. */
  eraseForeignData: Type.Boolean(),
  /** Partition table ids (GPT disk GUIDs) that this system wrote: a disk that carries one holds nothing foreign. */
  knownTableIds: Type.Array(Type.String()),
  ...secondSigns,
  /** The id that the new table gets, so that a second attempt knows the first one's work. */
  tableId: Type.String({ format: 'uuid' }),
  layout: Type.Union([
    Type.Object({ table: Type.Literal('gpt'), partitions: Type.Array(PartitionSpec, { minItems: 1, maxItems: 128 }) }),
    Type.Object({ script: FileRef, mounts: Type.Array(Type.Object({ partition: Type.Integer(), mount: Type.String() })) }),
  ]),
})
export type FormatStep = Static<typeof FormatStep>

export const SetupStep = NamedObject('SetupStep', {
  kind: Type.Union([Type.Literal('setup'), Type.Literal('activate')]),
  ...common,
  /** How often it is tried again when it has failed; the appliance counts. */
  retries: Type.Optional(Type.Integer({ minimum: 0 })),
  actions: Type.Array(SetupAction),
  /** Fill {{name}} in templates; scripts see them as PLATEN_VAR_NAME. */
  variables: Type.Record(Type.String(), Type.String()),
  /** Names. Their values are asked for when the step runs, and stand nowhere else; scripts see them as PLATEN_SECRET_NAME. */
  secrets: Type.Optional(Type.Array(Name)),
})
export type SetupStep = Static<typeof SetupStep>

/** The further disks of an image of several, in its order. */
const moreDisks = Type.Optional(Type.Array(DiskHint, { maxItems: 31 }))

/** Runs when the job has failed for good. Its scripts put what they collect into PLATEN_OUTPUT; nothing that goes wrong here counts. */
export const OnFailureStep = NamedObject('OnFailureStep', {
  kind: Type.Literal('on-failure'),
  ...common,
  actions: Type.Array(ScriptAction),
  variables: Type.Record(Type.String(), Type.String()),
})
export type OnFailureStep = Static<typeof OnFailureStep>

/** Where a machine goes in the middle of a job, before it comes back for the next step. */
export const RebootTarget = NamedUnion('RebootTarget', [
  Type.Literal('boot-os'),
  Type.Literal('local-disk'),
  Type.Literal('kernel'),
])
export type RebootTarget = Static<typeof RebootTarget>

/** The machine goes down and comes back by itself; timeoutSeconds: until its agent is back. */
export const RebootStep = NamedObject('RebootStep', {
  kind: Type.Literal('reboot'),
  ...common,
  into: RebootTarget,
  /** firmware: through the machine's own start and the network. kexec: at once, into a kernel that the agent loads. */
  how: Type.Union([Type.Literal('firmware'), Type.Literal('kexec')]),
  kernel: Type.Optional(FileRef),
  initrd: Type.Optional(FileRef),
  /** The kernel's command line. */
  arguments: Type.String(),
  /** local-disk: a boot that asks again sooner is still the one that was sent to the disk. */
  notBackBeforeSeconds: Type.Integer({ minimum: 0 }),
})
export type RebootStep = Static<typeof RebootStep>

export const CaptureStep = NamedObject('CaptureStep', {
  kind: Type.Literal('capture'),
  ...common,
  disk: DiskHint,
  imageName: Name,
  /** The version whose digests the agent may compare with; its chunks are known to be in the store. */
  baseVersion: Type.Optional(Type.Integer()),
  /** Copy partitions whose filesystem is unknown block by block. */
  includeUnknown: Type.Boolean(),
  /** Copy what its own check finds broken as it is, and mark it. */
  includeBroken: Type.Optional(Type.Boolean()),
  /** Name or number of the partition that is to grow on larger disks. */
  grow: Type.Optional(Type.String()),
  /** How the disks are to be read where more than one reading can be true; left out, that is refused. */
  as: Type.Optional(ReadAs),
  moreDisks,
})
export type CaptureStep = Static<typeof CaptureStep>

/** A version, and the disk that holds it or is to hold it. */
const versionOnDisk = {
  disk: DiskHint,
  moreDisks,
  imageName: Name,
  version: Type.Integer(),
  manifestDigest: Digest,
  /** Partitions keep the size of the image, however large the disk is. */
  keepSizes: Type.Optional(Type.Boolean()),
  /** The copy gets this disk id, and partition ids that come of it, instead of those of the image. */
  newTableId: Type.Optional(Type.String({ format: 'uuid' })),
}

export const DeployStep = NamedObject('DeployStep', {
  kind: Type.Literal('deploy'),
  ...common,
  ...versionOnDisk,
  eraseForeignData: Type.Boolean(),
  knownTableIds: Type.Array(Type.String()),
  ...secondSigns,
  /** Tell the disk which blocks nobody uses; left out: yes. */
  discard: Type.Optional(Type.Boolean()),
})
export type DeployStep = Static<typeof DeployStep>

/** How much the filesystems' own checks look at after a deploy. */
export const CheckDepth = Type.Union([Type.Literal('quick'), Type.Literal('full')])
export type CheckDepth = Static<typeof CheckDepth>

/** Reads the used blocks back from the disk, past the cache, compares their digests with the manifest, and has filesystems checked. */
export const VerifyStep = NamedObject('VerifyStep', {
  kind: Type.Literal('verify'),
  ...common,
  ...versionOnDisk,
  /** Left out: quick. */
  check: Type.Optional(CheckDepth),
})
export type VerifyStep = Static<typeof VerifyStep>

/** After the verify, because it changes what the manifest speaks of: fills the partition that became larger with its filesystem. */
export const GrowStep = NamedObject('GrowStep', {
  kind: Type.Literal('grow'),
  ...common,
  ...versionOnDisk,
})
export type GrowStep = Static<typeof GrowStep>

/** Sends the chunks of the version that the store lacks and the disk still holds; only reads. */
export const HealStep = NamedObject('HealStep', {
  kind: Type.Literal('heal'),
  ...common,
  disk: DiskHint,
  moreDisks,
  imageName: Name,
  version: Type.Integer(),
  manifestDigest: Digest,
})
export type HealStep = Static<typeof HealStep>

/** Files of the machine's function. They are there before packages are installed, and are as they should be after. Left out: none. */
const configuration = Type.Optional(Type.Array(ConfigurationText))

/** After the verify as well: files of the deployed Linux that are this node's own. */
export const PersonaliseStep = NamedObject('PersonaliseStep', {
  kind: Type.Literal('personalise'),
  ...common,
  ...versionOnDisk,
  ...identityOnDisk,
  configuration,
})
export type PersonaliseStep = Static<typeof PersonaliseStep>

/** After the verify as well: software in the deployed Linux. Removed first, then installed and checked, in these orders; checks are only looked at. */
export const PackagesStep = NamedObject('PackagesStep', {
  kind: Type.Literal('packages'),
  ...common,
  ...versionOnDisk,
  removes: Type.Array(PackageContent),
  installs: Type.Array(PackageContent),
  checks: Type.Array(PackageContent),
  configuration,
  /** What was there in the place of what goes or changes: it comes back when the step fails. Left out: nothing. */
  restores: Type.Optional(Type.Array(PackageContent)),
})
export type PackagesStep = Static<typeof PackagesStep>

/** At the end of a deploy: leaves on each disk what was deployed to it, signed by the appliance (disk-record.ts). */
export const RecordStep = NamedObject('RecordStep', {
  kind: Type.Literal('record'),
  ...common,
  ...versionOnDisk,
  /** Into the deployed system as well, where it is a Linux: only where the job may change its files. */
  writesFile: Type.Boolean(),
})
export type RecordStep = Static<typeof RecordStep>

/** Runs a version in the machine's memory; only reads, and no disk of the machine. */
export const TryStep = NamedObject('TryStep', {
  kind: Type.Literal('try'),
  ...common,
  imageName: Name,
  version: Type.Integer(),
  manifestDigest: Digest,
})
export type TryStep = Static<typeof TryStep>

export const Step = NamedUnion('Step', [
  HealStep,
  FormatStep,
  SetupStep,
  RebootStep,
  CaptureStep,
  DeployStep,
  VerifyStep,
  GrowStep,
  PersonaliseStep,
  PackagesStep,
  RecordStep,
  TryStep,
  RunStep,
  WipeStep,
  CheckStep,
])
export type Step = Static<typeof Step>
export type StepKind = Step['kind']
