// What a step of a run, wipe or check shows the appliance before it says that it is done, and what a job keeps of that. Pure.
import { type Static, Type } from 'typebox'
import { CheckedItem, Measures } from './hardware.ts'
import { NamedObject, NamedUnion } from './named.ts'
import { RanScript } from './run.ts'
import { WipedDisk } from './wipe.ts'

/** POST /jobs/:jobId/outcome: judged at once; the step counts as done only when the last one of its try was proven. May be repeated. */
export const OutcomeReport = NamedUnion('OutcomeReport', [
  Type.Object({
    leaseId: Type.String(),
    kind: Type.Literal('run'),
    scripts: Type.Array(RanScript, { minItems: 1, maxItems: 200 }),
  }),
  Type.Object({
    leaseId: Type.String(),
    kind: Type.Literal('wipe'),
    disks: Type.Array(WipedDisk, { minItems: 1, maxItems: 32 }),
  }),
  Type.Object({
    leaseId: Type.String(),
    kind: Type.Literal('check'),
    measures: Type.Array(Measures, { minItems: 1, maxItems: 1100 }),
  }),
])
export type OutcomeReport = Static<typeof OutcomeReport>

export const OutcomeAnswer = NamedObject('OutcomeAnswer', {
  isProven: Type.Boolean(),
  /** What was found, a line each; of one that is not proven, why. */
  lines: Type.Array(Type.String()),
})
export type OutcomeAnswer = Static<typeof OutcomeAnswer>

/** What a job keeps of it. */
export const JobOutcome = NamedUnion('JobOutcome', [
  Type.Object({ kind: Type.Literal('run'), scripts: Type.Array(RanScript) }),
  Type.Object({
    kind: Type.Literal('wipe'),
    disks: Type.Array(Type.Object({ name: Type.String(), method: Type.String(), certificate: Type.Optional(Type.String()) })),
  }),
  Type.Object({ kind: Type.Literal('check'), items: Type.Array(CheckedItem) }),
])
export type JobOutcome = Static<typeof JobOutcome>
