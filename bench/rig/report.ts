// How a side-by-side bench is run and what it prints: lines for people, then one line of JSON.
import { parseArgs } from 'node:util'

export interface BenchRun {
  /** Which of its cases to run; all when empty. */
  readonly cases: readonly string[]
  /** Small and in less than a minute, to see whether it works; its figures say little. */
  readonly isQuick: boolean
}

/** Prints a line for each case as it is done. */
export type Bench = (run: BenchRun) => Promise<readonly BenchCase[]>

export interface BenchCase {
  readonly case: string
  /** Bigger is better: ours against the peer or the limit of the same run. */
  readonly ratio: number
  readonly target: number
  /** What the ratio is against: "the fastest peer". */
  readonly against: string
  /** In unit; the same work done by others in the same run; null: they could not. */
  readonly ours: number
  readonly peers: Readonly<Record<string, number | null>>
  readonly unit: string
}

/** Cases are named plainly or with --case; --quick. Exit status 1 when a target was missed. */
export async function runBench(name: string, bench: Bench): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { case: { type: 'string', multiple: true, default: [] }, quick: { type: 'boolean', default: false } },
  })
  const cases = await bench({ cases: [...positionals, ...values.case], isQuick: values.quick })
  const ratios = Object.fromEntries(cases.map((one) => [one.case, round(one.ratio)]))
  const targets = Object.fromEntries(cases.map((one) => [one.case, one.target]))
  console.log(JSON.stringify({ bench: name, ratios, targets }))
  process.exitCode = cases.every(isMet) ? 0 : 1
}

/** One line for people. */
export function caseLine(one: BenchCase): string {
  const { case: name, unit, ours, peers, ratio, target, against } = one
  const others = Object.entries(peers).map(([peer, value]) => `${peer} ${value === null ? '–' : shown(value)}`)
  const verdict = `${shown(ratio)} × ${against}, ${isMet(one) ? 'met' : 'MISSED'}: ${target}`
  return [name.padEnd(10), `ours ${shown(ours)} ${unit}`, ...others, verdict].join('   ')
}

/** For a figure that has to stay below a limit: how often it would fit in. */
export function belowLimit(name: string, unit: string, ours: number, limit: number): BenchCase {
  return { case: name, ratio: limit / ours, target: 1, against: `its limit of ${limit} ${unit}`, ours, peers: {}, unit }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

export function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2)
}

function isMet({ ratio, target }: BenchCase): boolean {
  return round(ratio) >= target
}

/** Numbers only: what could not be measured is a miss, not a null. */
function round(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 1000) / 1000 : 0
}
