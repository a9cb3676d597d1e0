// How a side-by-side bench is run and what it prints: lines for people, then one line of JSON.
import { parseArgs } from 'node:util'

/** cases: which of its cases to run, all when empty. Prints a line for each. */
export type Bench = (cases: readonly string[]) => Promise<readonly BenchCase[]>

export interface BenchCase {
  readonly case: string
  readonly unit: string
  readonly ours: number
  /** The same work done by others in the same run; null: they could not. */
  readonly peers: Readonly<Record<string, number | null>>
  /** In words: "at least 1.0 × the fastest peer". */
  readonly target: string
  readonly isMet: boolean
}

/** Cases are named plainly or with --case. Exit status 1 when a target was missed. */
export async function runBench(name: string, bench: Bench): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { case: { type: 'string', multiple: true, default: [] } },
  })
  const cases = await bench([...positionals, ...values.case])
  const isMet = cases.every((one) => one.isMet)
  console.log(JSON.stringify({ bench: name, isMet, cases }))
  process.exitCode = isMet ? 0 : 1
}

/** One line for people. */
export function caseLine({ case: name, unit, ours, peers, target, isMet }: BenchCase): string {
  const others = Object.entries(peers).map(([peer, value]) => `${peer} ${value === null ? '–' : shown(value)}`)
  return `${name.padEnd(10)} ours ${shown(ours)} ${unit}   ${others.join('   ')}   ${isMet ? 'met' : 'MISSED'}: ${target}`
}

export function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2)
}
