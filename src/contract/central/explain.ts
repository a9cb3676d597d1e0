// How a function comes to software, and what a template comes to. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedObject } from '../named.ts'
import { Architecture, Instant, Name } from '../values.ts'
import { WantedCandidate } from '../wanted.ts'
import { ParameterValues } from './parameters.ts'

const strict = { additionalProperties: false }

/** One kind of machine: what is chosen for it, step by step. */
const ExplainedPlace = NamedObject('ExplainedPlace', {
  architecture: Architecture,
  /** The product. Left out: any. */
  model: Type.Optional(Type.String()),
  /** Entries and defaults of distribution profiles, the first that counts first. */
  considered: Type.Array(WantedCandidate),
  /** Left out: nothing speaks of the function here, or it depends on the model. */
  distribution: Type.Optional(Name),
  image: Type.Optional(Type.Object({ name: Name, version: Type.Integer() })),
  /** Versions of the image, and why each newer one was not taken. */
  candidates: Type.Array(WantedCandidate),
  packages: Type.Array(Type.Object({ name: Type.String(), version: Type.String() })),
  /** Why it cannot be had. */
  refused: Type.Optional(Type.String()),
})
export type ExplainedPlace = Static<typeof ExplainedPlace>

/** GET /functions/:name/explain */
export const FunctionExplanation = NamedObject('FunctionExplanation', {
  function: Name,
  site: Type.Optional(Name),
  node: Type.Optional(Type.String()),
  parameters: ParameterValues,
  places: Type.Array(ExplainedPlace),
})
export type FunctionExplanation = Static<typeof FunctionExplanation>

/** For whom: both left out, any machine of this appliance. */
export const ExplainQuery = Type.Object(
  { site: Type.Optional(Name), node: Type.Optional(Type.String({ description: 'Id or name.' })) },
  strict,
)

export const RenderQuery = Type.Object(
  {
    ...ExplainQuery.properties,
    function: Type.Optional({
      ...Name,
      description: 'Whose parameters. Left out: that of the node, else the one that names the template.',
    }),
  },
  strict,
)

/** GET /templates/:name/render */
export const RenderedFor = NamedObject('RenderedFor', {
  template: Name,
  version: Type.Integer(),
  function: Type.Optional(Name),
  site: Type.Optional(Name),
  node: Type.Optional(Type.String()),
  to: Type.String(),
  text: Type.String(),
  /** What the node has there. Left out: no node was named, or no job put anything there. */
  onNode: Type.Optional(Type.Object({ jobId: Type.String(), at: Instant, version: Type.Integer({ minimum: 1 }) })),
  /** Lines that differ from what the node has, as in a unified diff. None: it has this text. Left out: no node was named. */
  difference: Type.Optional(Type.Array(Type.String())),
})
export type RenderedFor = Static<typeof RenderedFor>
