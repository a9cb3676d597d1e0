// What the appliance counted over the last weeks: what charts are drawn from. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedObject } from './named.ts'

/** sum: so much happened in the time of a point. last: so it stood at its end. */
export const FIGURES = {
  /** Machines that were sent to their own disk. */
  bootsToDisk: 'sum',
  /** Machines that were sent into the boot OS. */
  bootsToBootOs: 'sum',
  jobsSucceeded: 'sum',
  /** failed or timed out. */
  jobsFailed: 'sum',
  /** Image bytes of jobs, over the network in both directions. */
  movedBytes: 'sum',
  jobsRunning: 'last',
  jobsQueued: 'last',
  storeUsedBytes: 'last',
  storeSizeBytes: 'last',
  /** Of the doctor. */
  problems: 'last',
} as const satisfies Record<string, 'sum' | 'last'>

export type FigureName = keyof typeof FIGURES
export const FIGURE_NAMES = Object.keys(FIGURES) as readonly FigureName[]
export type Sample = Readonly<Record<FigureName, number>>

/** day: the last 24 hours, by minutes. weeks: the last five, by quarters of an hour. */
export const FigureSpan = Type.Union([Type.Literal('day'), Type.Literal('weeks')])
export type FigureSpan = Static<typeof FigureSpan>

export const FigureQuery = Type.Object({ over: Type.Optional(FigureSpan) })

/** GET /figures. Points in the order of time; where the appliance did not run there are none. */
export const FigureSeries = NamedObject('FigureSeries', {
  stepSeconds: Type.Integer({ minimum: 1 }),
  /** When each point ends: seconds since 1970. */
  at: Type.Array(Type.Integer()),
  figures: Type.Object(
    Object.fromEntries(FIGURE_NAMES.map((name) => [name, Type.Array(Type.Number())])) as Record<
      FigureName,
      ReturnType<typeof Type.Array<ReturnType<typeof Type.Number>>>
    >,
  ),
})
export type FigureSeries = Static<typeof FigureSeries>
