// Why a job waits, node by node in groups. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedObject } from './named.ts'

const count = Type.Integer({ minimum: 0 })
/** The first few. */
const nodes = Type.Array(Type.String())

/** GET /jobs/:jobId/wait. A job that does not wait has nothing in it. */
export const JobWait = NamedObject('JobWait', {
  /** Offered to nobody: held, or behind other jobs. */
  notOffered: Type.Optional(Type.String()),
  /** Nodes that take it when they ask for work. */
  would: Type.Object({ count, nodes }),
  /** What stands against the others, the commonest first. */
  against: Type.Array(Type.Object({ reason: Type.String(), count, nodes })),
})
export type JobWait = Static<typeof JobWait>
