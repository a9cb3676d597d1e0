// Schemas with a name of their own in the API description: a generated client has a type for each. Pure.
import { type TObject, type TObjectOptions, type TProperties, type TSchema, type TUnion, Type } from 'typebox'

/** $id is the name of the exported value. */
export const NamedObject = <P extends TProperties>($id: string, properties: P, options: TObjectOptions = {}): TObject<P> =>
  Type.Object(properties, { ...options, $id })

export const NamedUnion = <T extends TSchema[]>($id: string, types: [...T], options: object = {}): TUnion<T> =>
  Type.Union(types, { ...options, $id })

/** Whether an $id is such a name; that of a published schema is an address. */
export const isSchemaName = (id: unknown): id is string => typeof id === 'string' && /^[A-Z]\w*$/.test(id)
