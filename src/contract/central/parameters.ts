// Values of parameters of functions and of sites. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedUnion } from '../named.ts'

/** A word that templates can say: parameters and values. */
export const KEY = '^[a-zA-Z][a-zA-Z0-9_]{0,62}$'

/** false comes first: the validation of a body would make a text of it. */
export const ParameterValue = NamedUnion('ParameterValue', [Type.Boolean(), Type.Number(), Type.String({ maxLength: 10_000 })])
export type ParameterValue = Static<typeof ParameterValue>
export const ParameterValues = Type.Record(Type.String({ pattern: KEY }), ParameterValue)
export type ParameterValues = Static<typeof ParameterValues>
