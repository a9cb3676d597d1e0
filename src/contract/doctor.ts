// What the doctor finds: one line of what is so, one of what to do. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedObject } from './named.ts'

export const Finding = NamedObject('Finding', {
  /** good: looked at and in order. notice: worth knowing. problem: machines fail because of it. */
  severity: Type.Union([Type.Literal('good'), Type.Literal('notice'), Type.Literal('problem')]),
  /** Whom or what it is about: an interface, a MAC, an address, a file. */
  subject: Type.String(),
  /** What was seen, with the figures. */
  seen: Type.String(),
  /** What to do next; absent when nothing needs doing. */
  advice: Type.Optional(Type.String()),
})
export type Finding = Static<typeof Finding>

export const DoctorReport = NamedObject('DoctorReport', { findings: Type.Array(Finding) })
export type DoctorReport = Static<typeof DoctorReport>
