// Configuration files of machines: rendered templates and files of a function, as a job puts them there. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedObject } from './named.ts'
import { Digest, Name } from './values.ts'

const place = {
  /** Where it lies on the machine. */
  to: Type.String({ pattern: '^/' }),
  /** Left out: 0644. */
  mode: Type.Optional(Type.String({ pattern: '^0?[0-7]{3}$' })),
  /** User and group by number. Left out: 0:0. */
  owner: Type.Optional(Type.String({ pattern: '^[0-9]{1,9}:[0-9]{1,9}$' })),
}

/** As a step has it: nothing is left to fill in. */
export const ConfigurationText = NamedObject('ConfigurationText', { ...place, text: Type.String() })
export type ConfigurationText = Static<typeof ConfigurationText>

/** What a job puts on a machine, and what the last one put there. */
export const ConfiguredFile = NamedObject('ConfiguredFile', {
  kind: Type.Union([Type.Literal('template'), Type.Literal('file')]),
  name: Name,
  version: Type.Integer({ minimum: 1 }),
  ...place,
  /** Of its text. */
  digest: Digest,
})
export type ConfiguredFile = Static<typeof ConfiguredFile>
