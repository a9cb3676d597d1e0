// The console at an appliance that knows 500 and 5,000 nodes: until the list of nodes answers; the longest task and the memory of the page
// while 500 nodes are held and released each second; the bytes of the first load. Needs Chromium and a built console.
// Cases: load, 500, 5000, changes. `npm run bench -- console changes 120`: changes for two minutes instead of ten.
import { setTimeout as sleep } from 'node:timers/promises'
import { firstLoadBytes } from '../test/fakes/first-load.ts'
import { KnownFleet } from './console/fleet.ts'
import { MeasuredPage } from './console/page.ts'
import { type Bench, type BenchCase, belowLimit, caseLine, median, runBench } from './rig/report.ts'

const LIMITS = { loadKb: 300, at500Ms: 1500, at5000Ms: 3000, taskMs: 200, growth: 1.1 }
const ROUNDS = { full: 3, quick: 1 }
const CHANGE_SECONDS = { full: 600, quick: 20 }
const CHANGED_EACH_SECOND = 500
/** What is loaded late and kept is there after this. */
const SETTLE_SHARE = 0.1

const bench: Bench = async ({ cases, isQuick }) => {
  const seconds = Number(cases.find((word) => /^\d+$/.test(word) && word !== '500' && word !== '5000')) || undefined
  const wants = (name: string) => cases.length === 0 || cases.includes(name)
  const results: BenchCase[] = []
  const add = (...found: readonly BenchCase[]) => {
    results.push(...found)
    for (const each of found) console.log(caseLine(each))
  }
  if (wants('load')) add(belowLimit('first load', 'kB', firstLoadBytes() / 1000, LIMITS.loadKb))
  const rounds = isQuick ? ROUNDS.quick : ROUNDS.full
  if (wants('500')) add(belowLimit('500 nodes', 'ms', await interactive(500, rounds), LIMITS.at500Ms))
  if (wants('5000')) add(belowLimit('5000 nodes', 'ms', await interactive(5000, rounds), LIMITS.at5000Ms))
  if (wants('changes')) add(...(await underChange(seconds ?? (isQuick ? CHANGE_SECONDS.quick : CHANGE_SECONDS.full))))
  return results
}

async function interactive(nodes: number, rounds: number): Promise<number> {
  await using fleet = await KnownFleet.start(nodes)
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    await using page = await MeasuredPage.open(fleet.appliance.url, fleet.appliance.token)
    times.push(await page.interactiveMs())
  }
  return median(times)
}

async function underChange(seconds: number): Promise<readonly BenchCase[]> {
  await using fleet = await KnownFleet.start(CHANGED_EACH_SECOND)
  await using page = await MeasuredPage.open(fleet.appliance.url, fleet.appliance.token)
  await page.interactiveMs()
  await page.longestTaskMs()
  let [longestMs, heapBefore, changes] = [0, 0, 0]
  const begunAt = performance.now()
  const elapsed = () => (performance.now() - begunAt) / 1000
  for (let isHeld = true; elapsed() < seconds; isHeld = !isHeld) {
    const second = sleep(1000)
    await fleet.change(CHANGED_EACH_SECOND, isHeld)
    changes += CHANGED_EACH_SECOND
    await second
    longestMs = Math.max(longestMs, await page.longestTaskMs())
    if (heapBefore === 0 && elapsed() > seconds * SETTLE_SHARE) heapBefore = await page.heapBytes()
  }
  const rate = changes / elapsed()
  console.log(`${rate.toFixed(0)} changes a second for ${elapsed().toFixed(0)} s`)
  const heapAfter = await page.heapBytes()
  console.log(`heap ${(heapBefore / 1e6).toFixed(1)} MB, at the end ${(heapAfter / 1e6).toFixed(1)} MB`)
  return [
    belowLimit('longest task', 'ms', longestMs, LIMITS.taskMs),
    belowLimit('memory grows', '×', heapAfter / heapBefore, LIMITS.growth),
  ]
}

await runBench('console', bench)
