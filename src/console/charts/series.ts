// Figures of the appliance as lines of a chart: gaps where it did not run, rates where a sum says little. Pure.
import type { Schema } from '../../client/index.ts'
import { bytes } from '../parts/format.ts'
import { t } from '../words/index.ts'

export type FigureSeries = Schema<'FigureSeries'>
type FigureName = keyof FigureSeries['figures']

export interface ChartSpec {
  readonly title: 'boots' | 'jobs' | 'speed' | 'queue' | 'store' | 'problems'
  readonly names: readonly FigureName[]
  readonly unit: 'count' | 'bytes' | 'bytes-a-second'
}

export const CHARTS: readonly ChartSpec[] = [
  { title: 'boots', names: ['bootsToDisk', 'bootsToBootOs'], unit: 'count' },
  { title: 'jobs', names: ['jobsSucceeded', 'jobsFailed'], unit: 'count' },
  { title: 'speed', names: ['movedBytes'], unit: 'bytes-a-second' },
  { title: 'queue', names: ['jobsRunning', 'jobsQueued'], unit: 'count' },
  { title: 'store', names: ['storeUsedBytes', 'storeSizeBytes'], unit: 'bytes' },
  { title: 'problems', names: ['problems'], unit: 'count' },
]

export interface ChartData {
  /** Seconds since 1970. */
  readonly at: readonly number[]
  /** So much time is shown at least. */
  readonly windowSeconds: number
  readonly lines: readonly { readonly name: FigureName; readonly label: string; readonly values: readonly (number | null)[] }[]
  readonly say: (value: number) => string
  /** In words, for whoever does not see it. */
  readonly words: string
}

export function chartOf({ title, names, unit }: ChartSpec, series: FigureSeries): ChartData {
  const { stepSeconds } = series
  const per = unit === 'bytes-a-second' ? stepSeconds : 1
  const { at, places } = withGaps(series.at, stepSeconds)
  const say = (value: number): string =>
    unit === 'count' ? String(Math.round(value * 10) / 10) : unit === 'bytes' ? bytes(value) : `${bytes(value)}/s`
  const lines = names.map((name) => {
    const values = places.map((place) => (place === undefined ? null : (series.figures[name][place] ?? 0) / per))
    return { name, label: t.charts.names[name], values }
  })
  const parts = lines.map(({ label, values }) => t.charts.now(label, say(values.at(-1) ?? 0))).join(', ')
  return { at, windowSeconds: stepSeconds * 60, lines, say, words: t.charts.says(t.charts[title], parts) }
}

/** Where points are missing there is one without a value: the line ends there. */
function withGaps(at: readonly number[], stepSeconds: number) {
  const times: number[] = []
  const places: (number | undefined)[] = []
  for (const [place, time] of at.entries()) {
    const before = times.at(-1)
    if (before !== undefined && time - before > stepSeconds * 1.5) {
      times.push(before + stepSeconds)
      places.push(undefined)
    }
    times.push(time)
    places.push(place)
  }
  return { at: times, places }
}
