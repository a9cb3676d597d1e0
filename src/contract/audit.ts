// What the appliance keeps of who did what, from where, and of refused tries. Pure: schemas.
import { type Static, Type } from 'typebox'
import { NamedObject } from './named.ts'
import { CallerView } from './people.ts'
import { Digest, Instant } from './values.ts'

export const AuditEntry = NamedObject('AuditEntry', {
  /** From 1, without a gap. */
  number: Type.Integer({ minimum: 1 }),
  at: Instant,
  /** Left out: nobody that is known here. */
  who: Type.Optional(CallerView),
  /** The address that it came from. */
  from: Type.String(),
  /** The name of the call: cancelJob. */
  did: Type.String(),
  /** Names in its path and its body: node, image, user. */
  about: Type.Record(Type.String(), Type.String()),
  /** Of the answer. */
  status: Type.Integer(),
  /** Why it was refused, or failed. */
  code: Type.Optional(Type.String()),
  /** So many refused tries of strangers before this entry have none of their own. */
  skipped: Type.Optional(Type.Integer({ minimum: 1 })),
})
export type AuditEntry = Static<typeof AuditEntry>

/** GET /audit, the newest first. */
export const AuditQuery = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 }),
  /** Entries with a smaller number. */
  before: Type.Optional(Type.Integer({ minimum: 1 })),
  who: Type.Optional(Type.String({ maxLength: 100 })),
})
export type AuditQuery = Static<typeof AuditQuery>
export const AuditList = NamedObject('AuditList', { entries: Type.Array(AuditEntry) })

/** GET /audit/verify. With both, whether the entry of that number still has that digest: a note kept elsewhere shows that nobody wrote all of it anew. */
export const AuditExpectation = Type.Object({
  number: Type.Optional(Type.Integer({ minimum: 1 })),
  digest: Type.Optional(Digest),
})
export type AuditExpectation = Static<typeof AuditExpectation>

export const AuditVerdict = NamedObject('AuditVerdict', {
  entries: Type.Integer(),
  /** The last one and its digest: what to note elsewhere. */
  last: Type.Optional(Type.Object({ number: Type.Integer(), digest: Digest })),
  problems: Type.Array(Type.Object({ file: Type.String(), line: Type.Integer(), reason: Type.String() })),
  /** Left out: nothing was expected. */
  isAsExpected: Type.Optional(Type.Boolean()),
})
export type AuditVerdict = Static<typeof AuditVerdict>
