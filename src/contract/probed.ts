// What the system's prober said of a disk when it was captured. Pure: schemas and their types.
import { type Static, Type } from 'typebox'

/** What libblkid says: TYPE, UUID, LABEL, PTTYPE and others, by its own names. Empty: it finds nothing. */
export const ProbedValues = Type.Record(Type.String(), Type.String())
export type ProbedValues = Static<typeof ProbedValues>

/** What was said at capture; a copy is asked the same. by: the prober and its version. Number 0 is the disk itself. */
export const Probed = Type.Object({
  by: Type.String(),
  found: Type.Array(Type.Object({ number: Type.Integer({ minimum: 0 }), values: ProbedValues })),
})
export type Probed = Static<typeof Probed>
