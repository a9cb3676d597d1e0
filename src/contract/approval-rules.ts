// Rules by which machines are approved without a person. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { ForSites } from './central/objects.ts'
import { NamedList } from './lists.ts'
import { NamedObject } from './named.ts'
import { Labels, Mac, Name } from './values.ts'

const strict = { additionalProperties: false }

/** A machine that is on its way: all that is said of it must be true of the one that comes. */
export const ExpectedMachine = NamedObject(
  'ExpectedMachine',
  {
    serial: Type.Optional(Type.String()),
    mac: Type.Optional(Mac),
    systemUuid: Type.Optional(Type.String()),
    name: Type.Optional(Name),
    location: Type.Optional(Type.String({ maxLength: 200 })),
    tags: Type.Optional(Labels),
  },
  { ...strict, minProperties: 1 },
)
export type ExpectedMachine = Static<typeof ExpectedMachine>

const ruleFields = {
  title: Type.Optional(Type.String({ maxLength: 200 })),
  /** Beginnings of the address that it boots from: 52:54:00. */
  macPrefixes: Type.Optional(Type.Array(Type.String({ pattern: '^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){1,5}$' }), { minItems: 1 })),
  serials: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
  expected: Type.Optional(Type.Array(ExpectedMachine, { minItems: 1, maxItems: 10_000 })),
  /** rack1-{nn}: the lowest number that is free. */
  namePattern: Type.Optional(Type.String({ maxLength: 63 })),
  tags: Type.Optional(Labels),
  location: Type.Optional(Type.String({ maxLength: 200 })),
  /** How many machines it approves at most. */
  limit: Type.Optional(Type.Integer({ minimum: 1 })),
  /** Which sites that follow this appliance have it, too. */
  sites: Type.Optional(ForSites),
}
/** POST /approval-rules: machines that it speaks of are approved when they say hello. DELETE /approval-rules/:id ends it. */
export const NewApprovalRule = NamedObject('NewApprovalRule', ruleFields, strict)
export type NewApprovalRule = Static<typeof NewApprovalRule>
export const ApprovalRule = NamedObject('ApprovalRule', {
  id: Type.String(),
  used: Type.Integer(),
  ...ruleFields,
  /** It came from the central that this appliance follows. */
  fromCentral: Type.Optional(Type.Boolean()),
})
export type ApprovalRule = Static<typeof ApprovalRule>
export const ApprovalRuleList = NamedList('ApprovalRuleList', 'rules', ApprovalRule)
