// How a machine booted: each step over the network with its time and what came of it. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedObject, NamedUnion } from './named.ts'
import { Instant } from './values.ts'

/** good: as it should be. odd: the boot may go on, and somebody may want to know. bad: it did not get what it asked for. */
export const StepVerdict = NamedUnion('StepVerdict', [Type.Literal('good'), Type.Literal('odd'), Type.Literal('bad')])
export type StepVerdict = Static<typeof StepVerdict>

export const BootStep = NamedObject('BootStep', {
  at: Instant,
  by: Type.Union([Type.Literal('dhcp'), Type.Literal('tftp'), Type.Literal('http')]),
  verdict: StepVerdict,
  /** In words: who asked for what, and what the answer was. */
  says: Type.String(),
})
export type BootStep = Static<typeof BootStep>

export const NodeBoot = NamedObject('NodeBoot', {
  startedAt: Instant,
  /** What the machine was told to do; left out: it did not come so far. */
  answer: Type.Optional(
    Type.Union([Type.Literal('local-disk'), Type.Literal('boot-os'), Type.Literal('kernel'), Type.Literal('wait')]),
  ),
  steps: Type.Array(BootStep),
  /** Steps that there were beyond those. */
  leftOut: Type.Integer({ minimum: 0 }),
})
export type NodeBoot = Static<typeof NodeBoot>

/** GET /nodes/:node/boots, the newest first. What was before keptSince is not known: it is kept in memory. */
export const NodeBoots = NamedObject('NodeBoots', { keptSince: Instant, boots: Type.Array(NodeBoot) })
export type NodeBoots = Static<typeof NodeBoots>
