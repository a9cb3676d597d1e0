// A version of an image, packages, or both come to the nodes of a class ring by ring, and go back where they do no good. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedList } from './lists.ts'
import { NamedObject, NamedUnion } from './named.ts'
import { PackageRelation } from './package.ts'
import { Instant, Name } from './values.ts'

const strict = { additionalProperties: false }

/** POST /classes/:name/roll-outs */
export const NewRollOut = NamedObject(
  'NewRollOut',
  {
    /** With its version. Left out: the nodes keep the image that they run. */
    image: Type.Optional(Name),
    version: Type.Optional(Type.Integer({ minimum: 1 })),
    /** Each is the newest version that fits the range when the roll-out begins, and no other from then on. */
    packages: Type.Optional(Type.Array(PackageRelation, { minItems: 1, maxItems: 100 })),
    /** The first ring: so many nodes. */
    canary: Type.Integer({ minimum: 1, default: 1 }),
    /** Each further ring: so many nodes, or so many percent of all. */
    ringSize: Type.String({ pattern: '^([1-9][0-9]{0,4}|[1-9][0-9]?%|100%)$', default: '25%' }),
    /** With one more it stops. */
    maxFailures: Type.Integer({ minimum: 0, default: 0 }),
    /**
     * A program, put into the system by the deploy (platen-node runs it): a node counts as good when it ends well. Left out: when the node
     * stays on its disk for settleSeconds, and says nothing bad of itself.
     */
    health: Type.Optional(Type.String({ minLength: 1, maxLength: 65_536, pattern: '^#!' })),
    /** After its deploy: how long a node is watched, or how long its system may take to say how it is. */
    settleSeconds: Type.Integer({ minimum: 1, maximum: 86_400, default: 300 }),
    /** Running nodes are restarted for it. Left out: each takes its job when it boots. */
    restart: Type.Boolean({ default: false }),
  },
  strict,
)
export type NewRollOut = Static<typeof NewRollOut>

/**
 * running: rings come in turn. paused: no further node begins. stopped: too many failed; resume goes on, abort puts all back.
 * aborting: those that moved go back. done, aborted: it is over.
 */
export const RollOutPhase = NamedUnion('RollOutPhase', [
  Type.Literal('running'),
  Type.Literal('paused'),
  Type.Literal('stopped'),
  Type.Literal('aborting'),
  Type.Literal('done'),
  Type.Literal('aborted'),
])
export type RollOutPhase = Static<typeof RollOutPhase>

/** stranded: it failed and could not be put back. */
export const RolledNode = NamedObject('RolledNode', {
  node: Type.String(),
  at: Type.Union([
    Type.Literal('waiting'),
    Type.Literal('moving'),
    Type.Literal('settling'),
    Type.Literal('good'),
    Type.Literal('returning'),
    Type.Literal('returned'),
    Type.Literal('stranded'),
  ]),
  ring: Type.Optional(Type.Integer({ minimum: 1 })),
  jobId: Type.Optional(Type.String()),
  /** What was wrong with it. */
  reason: Type.Optional(Type.String()),
})
const { health: _script, ...shown } = NewRollOut.properties
export const RollOutView = NamedObject('RollOutView', {
  id: Type.String(),
  nodeClass: Name,
  ...shown,
  phase: RollOutPhase,
  startedAt: Instant,
  /** Its health is said by a program of the roll-out. */
  needsHealth: Type.Boolean(),
  ring: Type.Integer({ minimum: 0 }),
  nodes: Type.Array(RolledNode),
  failures: Type.Integer({ minimum: 0 }),
})
export type RollOutView = Static<typeof RollOutView>
/** GET /roll-outs, newest first. POST /roll-outs/:id/pause, resume and abort give the view. */
export const RollOutList = NamedList('RollOutList', 'rollOuts', RollOutView)
