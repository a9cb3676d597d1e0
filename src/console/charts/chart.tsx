// One chart, drawn by uPlot on a canvas as wide as its place. What it shows is said in words as well.
import 'uplot/dist/uPlot.min.css'
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import type { ChartData } from './series.ts'

const HEIGHT_PX = 180
/** PatternFly's tokens, so that dark follows. What went wrong is red. */
const FIRST = '--pf-t--global--color--brand--default'
const SECOND = '--pf-t--global--color--status--custom--default'
const WRONG = '--pf-t--global--color--status--danger--default'
const TEXT = '--pf-t--global--text--color--subtle'
const GRID = '--pf-t--global--border--color--default'

const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

export function Chart({ chart }: { readonly chart: ChartData }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const box = place.current
    if (box === null) return
    const plot = new uPlot(optionsOf(chart, box.clientWidth), dataOf(chart), box)
    const watch = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT_PX }))
    watch.observe(box)
    return () => {
      watch.disconnect()
      plot.destroy()
    }
  }, [chart])
  return <div ref={place} className="pl-chart" role="img" aria-label={chart.words} />
}

function optionsOf({ at, lines, say, windowSeconds }: ChartData, width: number): uPlot.Options {
  const [first = 0, last = 0] = [at[0], at.at(-1)]
  const axis = { stroke: () => token(TEXT), grid: { stroke: () => token(GRID), width: 1 }, ticks: { show: false } }
  return {
    width,
    height: HEIGHT_PX,
    cursor: { y: false },
    legend: { live: true },
    scales: {
      // By the points themselves: of a single one uPlot makes years.
      x: { range: () => [Math.min(first, last - windowSeconds), last] },
      y: { range: (_plot, _min, max) => [0, Math.max(max * 1.05, 1)] },
    },
    axes: [axis, { ...axis, size: 70, values: (_plot, ticks) => ticks.map(say) }],
    series: [
      {},
      ...lines.map(({ name, label }, n) => ({
        label,
        stroke: () => token(colorOf(name, n)),
        width: 2,
        ...(n > 0 ? { dash: [6, 4] } : {}),
        value: (_plot: uPlot, value: number | null) => (value === null ? '' : say(value)),
      })),
    ],
  }
}

const dataOf = ({ at, lines }: ChartData): uPlot.AlignedData => [[...at], ...lines.map(({ values }) => [...values])]

function colorOf(name: ChartData['lines'][number]['name'], place: number): string {
  if (name === 'jobsFailed' || name === 'problems') return WRONG
  return place === 0 ? FIRST : SECOND
}
