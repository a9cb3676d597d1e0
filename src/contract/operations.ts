// Long work of the appliance itself, which nobody waits for: begun by a request or by the clock, watched, and called off. What machines do are
// jobs. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedList } from './lists.ts'
import { NamedObject } from './named.ts'
import { Instant } from './values.ts'

/** image-verify: a version is read and digested. store-scrub: every chunk is. store-collect: chunks that nobody names go. image-upload: a file of a worker becomes a version. */
export const OperationKind = Type.Union([
  Type.Literal('image-verify'),
  Type.Literal('store-scrub'),
  Type.Literal('store-collect'),
  Type.Literal('image-upload'),
])
export type OperationKind = Static<typeof OperationKind>

export const OperationState = Type.Union([
  Type.Literal('running'),
  Type.Literal('succeeded'),
  Type.Literal('failed'),
  Type.Literal('cancelled'),
])
export type OperationState = Static<typeof OperationState>

export const Operation = NamedObject('Operation', {
  id: Type.String(),
  kind: OperationKind,
  /** What it is about, for people: "debian-13 version 7". */
  title: Type.String(),
  state: OperationState,
  startedAt: Instant,
  endedAt: Type.Optional(Instant),
  /** How much is done, and of how much; total is left out where nobody knows. In steps of its own: chunks, files. */
  done: Type.Integer({ minimum: 0 }),
  total: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Why it failed. */
  failure: Type.Optional(Type.String()),
})
export type Operation = Static<typeof Operation>

/** GET /operations: those that run, then the ended ones, newest first. In memory: a restart of the appliance ends and forgets them. */
export const OperationList = NamedList('OperationList', 'operations', Operation)
export type OperationList = Static<typeof OperationList>
