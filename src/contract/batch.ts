// A build batch: one job for each product in each configuration. Pure: the schema of its file and its types.
import { type Static, Type } from 'typebox'
import { JobNeeds, JobRequest } from './job.ts'
import { Name } from './values.ts'

const strict = { additionalProperties: false }
const Variables = Type.Record(Type.String(), Type.String())

export const BatchManifest = Type.Object(
  {
    /** Names the batch: its jobs carry it. */
    name: Name,
    title: Type.Optional(Type.String({ maxLength: 200 })),
    originator: Type.Optional(Type.String({ maxLength: 200 })),
    priority: Type.Optional(Type.Integer({ minimum: -1000, maximum: 1000 })),
    maxAttempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    acceptTimeoutSeconds: Type.Optional(Type.Integer({ minimum: 1 })),
    completeTimeoutSeconds: Type.Optional(Type.Integer({ minimum: 1 })),
    /** What a machine does when it has nothing further to do. Left out: it reboots. */
    whenDone: Type.Optional(JobRequest.properties.whenDone),
    /** What is gathered of each finished image. Left out: a bundle. */
    images: Type.Optional(Type.Union([Type.Literal('bundle'), Type.Literal('raw'), Type.Literal('qcow2'), Type.Literal('none')])),
    products: Type.Array(
      Type.Object({ name: Name, profile: Name, variables: Type.Optional(Variables), needs: Type.Optional(JobNeeds) }, strict),
      { minItems: 1 },
    ),
    /** Left out: each product once. Variables and needs of a configuration go over those of the product. */
    configurations: Type.Optional(
      Type.Array(Type.Object({ name: Name, variables: Type.Optional(Variables), needs: Type.Optional(JobNeeds) }, strict), {
        minItems: 1,
      }),
    ),
  },
  strict,
)
export type BatchManifest = Static<typeof BatchManifest>
