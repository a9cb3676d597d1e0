// What central keeps: what machines are for, the software for it, how the two are joined, and the sites. Pure: the schemas (published as one
// JSON Schema for editors, one object a file) and their types.
import { type Static, type TProperties, Type } from 'typebox'
import { NamedList } from '../lists.ts'
import { NamedObject } from '../named.ts'
import { PackageRelation } from '../package.ts'
import { Architecture, Digest, Features, Instant, Label, Labels, Name } from '../values.ts'
import { WantedImage } from '../wanted.ts'
import { KEY, ParameterValue, ParameterValues } from './parameters.ts'

const strict = { additionalProperties: false }
const Title = Type.Optional(Type.String({ maxLength: 200 }))
const Names = Type.Array(Name, { maxItems: 200, uniqueItems: true })
const FunctionParameter = NamedObject(
  'FunctionParameter',
  {
    type: Type.Union([Type.Literal('string'), Type.Literal('integer'), Type.Literal('number'), Type.Literal('boolean')]),
    /** Left out: somebody has to say it. */
    default: Type.Optional(ParameterValue),
    description: Type.Optional(Type.String({ maxLength: 1000 })),
    choices: Type.Optional(Type.Array(ParameterValue, { minItems: 1, maxItems: 100 })),
  },
  strict,
)
export type FunctionParameter = Static<typeof FunctionParameter>

const brings = {
  templates: Type.Optional({ ...Names, description: 'Configuration templates that its machines get.' }),
  files: Type.Optional({ ...Names, description: 'Configuration files that its machines get.' }),
}

const object = <K extends string, P extends TProperties>(id: string, kind: K, properties: P) =>
  NamedObject(id, { kind: Type.Literal(kind), name: Name, title: Title, ...properties }, strict)

/** What a machine is to do. It names no image and no package. */
export const CentralFunction = object('CentralFunction', 'function', {
  description: Type.Optional(Type.String({ maxLength: 10_000 })),
  provides: Type.Optional({ ...Features, description: 'Features that its image and packages have to provide together.' }),
  needs: Type.Optional(
    Type.Object(
      {
        memoryMiB: Type.Optional(Type.Integer({ minimum: 1 })),
        diskGiB: Type.Optional(Type.Integer({ minimum: 1, description: 'Of its largest disk.' })),
        architectures: Type.Optional(Type.Array(Architecture, { minItems: 1 })),
      },
      { ...strict, description: 'What a machine has to have.' },
    ),
  ),
  parameters: Type.Optional(Type.Record(Type.String({ pattern: KEY }), FunctionParameter)),
  ...brings,
})
export type CentralFunction = Static<typeof CentralFunction>

/** A build of the boot OS: this one, the one of the variant that is in use, or (neither said) the one in use. */
export const WantedBootBuild = NamedObject(
  'WantedBootBuild',
  {
    architecture: Architecture,
    build: Type.Optional(Type.Integer({ minimum: 1 })),
    variant: Type.Optional(Name),
    digest: Type.Optional({
      ...Digest,
      description: 'What names it where its number is another one. As it travels to sites, it has it.',
    }),
  },
  strict,
)
export type WantedBootBuild = Static<typeof WantedBootBuild>

/** A named collection of software to be installed. */
export const Distribution = object('Distribution', 'distribution', {
  images: Type.Optional(Type.Array(WantedImage, { maxItems: 8 })),
  packages: Type.Optional(Type.Array(PackageRelation, { maxItems: 100 })),
  bootBuilds: Type.Optional(Type.Array(WantedBootBuild, { maxItems: 8 })),
  profiles: Type.Optional({ ...Names, description: 'Profiles that sites which may build get.' }),
  ...brings,
})
export type Distribution = Static<typeof Distribution>

const Condition = NamedObject(
  'DistributionCondition',
  {
    architecture: Type.Optional(Architecture),
    model: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'The product, as `platen node show` names it; * stands for any text.',
      }),
    ),
    siteTag: Type.Optional(Label),
    ring: Type.Optional(Name),
  },
  { ...strict, description: 'All that is said must be true.' },
)
export type DistributionCondition = Static<typeof Condition>

const DistributionEntry = NamedObject(
  'DistributionEntry',
  {
    function: Name,
    distribution: Name,
    when: Type.Optional(Condition),
    priority: Type.Optional(
      Type.Integer({ minimum: -1000, maximum: 1000, description: 'The highest that matches is taken. Left out: 0.' }),
    ),
  },
  strict,
)
export type DistributionEntry = Static<typeof DistributionEntry>

/** The map from functions to distributions. */
export const DistributionProfile = object('DistributionProfile', 'distribution-profile', {
  entries: Type.Optional(Type.Array(DistributionEntry, { maxItems: 1000 })),
  default: Type.Optional({ ...Name, description: 'The distribution of functions for which no entry of any profile matches.' }),
})
export type DistributionProfile = Static<typeof DistributionProfile>

const onNode = {
  to: Type.String({ pattern: '^/[^\\u0000]*[^/\\u0000]$', maxLength: 400, description: 'Where it lies on the machine.' }),
  mode: Type.Optional(Type.String({ pattern: '^0?[0-7]{3}$', description: 'Left out: 0644.' })),
  owner: Type.Optional(
    Type.String({ pattern: '^[0-9]{1,9}:[0-9]{1,9}$', description: 'User and group by number, as in 0:0. Left out: 0:0.' }),
  ),
}
const Text = Type.String({ maxLength: 128 * 1024 })

/** A text with fields, rendered for each node. */
export const Template = object('Template', 'template', { ...onNode, text: Text })
export type Template = Static<typeof Template>

/** The same on every machine. */
export const ConfigurationFile = object('ConfigurationFile', 'file', { ...onNode, text: Text })
export type ConfigurationFile = Static<typeof ConfigurationFile>

const SiteFunction = NamedObject(
  'SiteFunction',
  { name: Name, parameters: Type.Optional({ ...ParameterValues, description: 'Over the defaults of the function.' }) },
  strict,
)

/** An appliance that follows this one. */
export const Site = object('Site', 'site', {
  tags: Type.Optional(Labels),
  ring: Type.Optional({ ...Name, description: 'The stage of a roll-out over sites that it belongs to.' }),
  functions: Type.Optional({
    ...Type.Array(SiteFunction, { maxItems: 200 }),
    description: 'What its machines may be chosen to do; nothing else travels there.',
  }),
  architectures: Type.Optional(
    Type.Array(Architecture, { minItems: 1, description: 'Processor types of its machines. Left out: all.' }),
  ),
  models: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
      maxItems: 200,
      description: 'Products of its machines. Left out: any; packages that fit only some models then stay behind.',
    }),
  ),
  values: Type.Optional({ ...ParameterValues, description: 'What templates find under `values`.' }),
  window: Type.Optional(
    Type.String({
      pattern: '^([01]\\d|2[0-3]):[0-5]\\d-([01]\\d|2[0-3]):[0-5]\\d [A-Za-z0-9_+/-]{1,64}$',
      description: 'When it fetches, as in "22:00-05:00 Europe/Paris". Left out: at once.',
    }),
  ),
  maxBytesPerSecond: Type.Optional(Type.Integer({ minimum: 1024, description: 'Left out: as fast as the line is.' })),
  builds: Type.Optional({ ...Names, description: 'Profiles by which it may build images itself. Left out: none.' }),
  publishes: Type.Optional(Type.Boolean({ description: 'Images that it built come here. Left out: no.' })),
})
export type Site = Static<typeof Site>

const OBJECTS: [
  typeof CentralFunction,
  typeof Distribution,
  typeof DistributionProfile,
  typeof Template,
  typeof ConfigurationFile,
  typeof Site,
] = [CentralFunction, Distribution, DistributionProfile, Template, ConfigurationFile, Site]
export const CentralObject = Type.Union(OBJECTS, {
  $id: 'https://platen.invalid/central.schema.json',
  title: 'What a Platen central keeps',
})
export type CentralObject = Static<typeof CentralObject>
export type ObjectKind = CentralObject['kind']

/** The schema of each kind; in the order in which they are listed. */
export const OBJECT_SCHEMAS = {
  function: CentralFunction,
  distribution: Distribution,
  'distribution-profile': DistributionProfile,
  template: Template,
  file: ConfigurationFile,
  site: Site,
} as const satisfies Record<ObjectKind, unknown>

/** Who says an object. file: in the watched folder, where it is changed. central: the appliance that this one follows. */
export const ObjectSource = Type.Union([Type.Literal('file'), Type.Literal('set'), Type.Literal('central')])
export type ObjectSource = Static<typeof ObjectSource>

const keptFields = {
  /** Grows by one with each change. */
  version: Type.Integer({ minimum: 1 }),
  source: ObjectSource,
  /** Its name in the watched folder. */
  file: Type.Optional(Type.String()),
  changedAt: Instant,
}
/** GET /functions/:name, and likewise of every other kind. */
export const ObjectView = NamedObject('ObjectView', { ...keptFields, object: Type.Union(OBJECTS) })
export type ObjectView = Static<typeof ObjectView>
/** GET /functions: without long texts. */
export const ObjectList = NamedList('ObjectList', 'objects', Type.Object({ ...keptFields, name: Name, title: Title }))
export type ObjectList = Static<typeof ObjectList>

/** A file of the watched folder that is none of them, or in which something is wrong. */
export const ObjectProblem = NamedObject('ObjectProblem', {
  file: Type.String(),
  line: Type.Optional(Type.Integer()),
  reason: Type.String(),
})
export type ObjectProblem = Static<typeof ObjectProblem>
/** POST /central-folder/check looks at it now; GET tells what the last look found. */
export const ObjectFolderReport = NamedObject('ObjectFolderReport', {
  folder: Type.String(),
  files: Type.Integer(),
  problems: Type.Array(ObjectProblem),
})
export type ObjectFolderReport = Static<typeof ObjectFolderReport>

/** Which sites get a class or a rule. Left out: it stays here. */
export const ForSites = Type.Union([
  Type.Literal('everywhere'),
  Type.Array(Name, { minItems: 1, maxItems: 1000, uniqueItems: true }),
])
