// A job of kind run: scripts in the boot OS, or in the system of the machine. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { FileRef } from './file-ref.ts'
import { NamedObject } from './named.ts'
import { Digest, SizeBytes } from './values.ts'

/** POST /run-files (body: the bytes): kept by digest; jobs name it by that. */
export const RUN_FILE_MAX_BYTES = 64 * 1024 * 1024
export const KeptRunFile = NamedObject('KeptRunFile', { digest: Digest, sizeBytes: SizeBytes })
export type KeptRunFile = Static<typeof KeptRunFile>

/** Paths as they lie in the folder; a leading dot is no file of ours. */
const Path = Type.String({ maxLength: 200, pattern: '^[A-Za-z0-9_@+-][A-Za-z0-9._@+-]*(/[A-Za-z0-9_@+-][A-Za-z0-9._@+-]*)*$' })

export const RunFile = NamedObject('RunFile', {
  path: Path,
  digest: Digest,
  /** Run, in the order of the list; the others lie beside them. */
  isScript: Type.Boolean(),
})
export type RunFile = Static<typeof RunFile>

/** What a person posts. */
export const RunWish = NamedObject(
  'RunWish',
  {
    files: Type.Array(RunFile, { minItems: 1, maxItems: 200 }),
    /** Inside the system on the disk of the machine. Left out: in the boot OS. */
    inRoot: Type.Optional(Type.Boolean()),
    /** For all scripts together. Left out: an hour. */
    timeoutSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 30 * 86_400 })),
  },
  { additionalProperties: false },
)
export type RunWish = Static<typeof RunWish>

export const RunStep = NamedObject('RunStep', {
  kind: Type.Literal('run'),
  timeoutSeconds: Type.Integer({ minimum: 1 }),
  files: Type.Array(FileRef),
  /** Paths of those that are run, in this order. */
  scripts: Type.Array(Type.String()),
  inRoot: Type.Boolean(),
  variables: Type.Record(Type.String(), Type.String()),
})
export type RunStep = Static<typeof RunStep>

/** One script that has ended. What it printed is a file of the job. */
export const RanScript = NamedObject('RanScript', {
  path: Type.String({ maxLength: 200 }),
  /** Left out: it did not end by itself. */
  exitCode: Type.Optional(Type.Integer()),
  seconds: Type.Number({ minimum: 0 }),
  outputFile: Type.String({ maxLength: 100 }),
  outputDigest: Digest,
})
export type RanScript = Static<typeof RanScript>
