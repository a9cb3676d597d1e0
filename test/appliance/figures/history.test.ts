// Figures are bounded whatever the clock does, survive a restart, and cost nothing when their file is damaged.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FigureCounter } from '../../../src/appliance/figures/counter.ts'
import { FigureFile } from '../../../src/appliance/figures/figure-file.ts'
import { FigureHistory, MOST_LINES } from '../../../src/appliance/figures/history.ts'
import { FIGURE_NAMES, type Sample } from '../../../src/contract/figures.ts'
import type { JobView } from '../../../src/contract/job.ts'

const MINUTE = 60_000
const NOON = 1_700_000_040_000 - (1_700_000_040_000 % 900_000)
const sample = (more: Partial<Sample> = {}): Sample => ({
  ...(Object.fromEntries(FIGURE_NAMES.map((name) => [name, 0])) as unknown as Sample),
  ...more,
})
const linesOf = (history: FigureHistory): string[] => [...history.lines()]

describe('the history', () => {
  it('what happened is summed up over a quarter of an hour, what stands is as it stood last', () => {
    const history = new FigureHistory()
    for (let n = 0; n < 15; n++) history.add(NOON + n * MINUTE, sample({ bootsToDisk: 2, jobsRunning: n }))
    const { at, figures, stepSeconds } = history.series('weeks')
    expect({ at, stepSeconds }).toEqual({ at: [NOON / 1000 + 900], stepSeconds: 900 })
    expect([figures.bootsToDisk, figures.jobsRunning]).toEqual([[30], [14]])
    expect(history.series('day').figures.bootsToDisk).toEqual(Array(15).fill(2))
  })

  it('holds a day by minutes and five weeks by quarters, and no point more', () => {
    const history = new FigureHistory()
    for (let n = 0; n < 40 * 24 * 60; n += 7) history.add(NOON + n * MINUTE, sample({ jobsFailed: 1 }))
    const [day, weeks] = [history.series('day').at, history.series('weeks').at]
    expect(day.at(-1)! - day[0]!).toBeLessThan(24 * 3600)
    expect(weeks.at(-1)! - weeks[0]!).toBeLessThan(35 * 24 * 3600)
    expect(weeks.length).toBeGreaterThan(3300)
  })

  const step = fc.record({
    // Mostly a minute on; now and then somebody sets the clock.
    later: fc.oneof(
      { weight: 8, arbitrary: fc.constant(1) },
      { weight: 2, arbitrary: fc.integer({ min: -50_000, max: 50_000 }) },
    ),
    boots: fc.nat(9),
    runs: fc.nat(9),
  })

  it('is bounded, in order, and the same after it was read back, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.nat(120), (steps, restartAt) => {
        let history = new FigureHistory()
        let text: string[] = []
        let minute = NOON / MINUTE
        for (const [n, { later, boots, runs }] of steps.entries()) {
          minute = Math.max(0, minute + later)
          text.push(history.add(minute * MINUTE, sample({ bootsToDisk: boots, jobsRunning: runs })))
          if (n !== restartAt) continue
          history = FigureHistory.read(text)
          text = linesOf(history)
        }
        expect(linesOf(history).length).toBeLessThanOrEqual(MOST_LINES)
        expect(linesOf(FigureHistory.read(text))).toEqual(linesOf(history))
        for (const span of ['day', 'weeks'] as const) {
          const { at, figures } = history.series(span)
          expect(at).toEqual([...new Set(at)].sort((a, b) => a - b))
          expect(figures.bootsToDisk).toHaveLength(at.length)
          if (at.length > 0) expect(at.at(-1)! * 1000).toBeGreaterThan(minute * MINUTE)
        }
      }),
    )
  })

  it('what is no line of ours is left out, and nothing is thrown', () => {
    const good = linesOf(FigureHistory.read([new FigureHistory().add(NOON, sample({ bootsToDisk: 3 }))]))
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.json())), (noise) => {
        const text = [...noise.filter((line) => !/"(m|c|q)"/.test(line)), ...good]
        expect(linesOf(FigureHistory.read(text))).toEqual(good)
      }),
    )
  })
})

describe('the file', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'platen-figures-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('has the figures of before after a restart, and never more lines than it may', async () => {
    const path = join(folder, 'figures', 'figures.jsonl')
    const file = await FigureFile.open(path)
    let most = 0
    for (let n = 0; n < 3 * 24 * 60; n++) {
      // The disk is not asked to keep each of them: what counts is how many lines there are.
      await file.add(NOON + n * MINUTE, sample({ movedBytes: 5 }))
      if (n % 500 === 0) most = Math.max(most, (await readFile(path, 'utf8')).split('\n').length)
    }
    await file.close()
    expect(most).toBeLessThan(MOST_LINES + 24 * 60)
    const again = await FigureFile.open(path)
    expect(again.series('day').figures.movedBytes).toEqual(Array(24 * 60).fill(5))
    expect(again.series('weeks').figures.movedBytes.reduce((a, b) => a + b)).toBe(5 * 3 * 24 * 60)
    await again.close()
  })

  it('a file that is none of ours is begun anew', async () => {
    const path = join(folder, 'figures.jsonl')
    await writeFile(path, '\u0000\u0001not ours\n{"is":"m"}\n')
    const file = await FigureFile.open(path)
    expect(file.series('day').at).toEqual([])
    await file.add(NOON, sample({ jobsQueued: 1 }))
    await file.close()
    const again = await FigureFile.open(path)
    expect(again.series('day').figures.jobsQueued).toEqual([1])
    await again.close()
  })
})

describe('the counter', () => {
  const job = (id: string, state: JobView['state'], bytesReceived: number): JobView =>
    ({ id, state, status: { transfer: { bytesReceived } } }) as unknown as JobView
  const standing = { jobsRunning: 1, jobsQueued: 0, storeUsedBytes: 7, storeSizeBytes: 9, problems: 0 }

  it('what a job moved is counted once, while it runs and when it ends', () => {
    const counter = new FigureCounter()
    expect(counter.take([job('a', 'running', 100)], standing)).toMatchObject({ movedBytes: 100, storeUsedBytes: 7 })
    expect(counter.take([job('a', 'running', 250)], standing).movedBytes).toBe(150)
    counter.countEnd(job('a', 'succeeded', 300))
    expect(counter.take([], standing)).toMatchObject({ movedBytes: 50, jobsSucceeded: 1, jobsFailed: 0 })
    expect(counter.take([], standing)).toMatchObject({ movedBytes: 0, jobsSucceeded: 0 })
  })

  it('a boot that asks again for its script is one boot', () => {
    const counter = new FigureCounter()
    const asked = { type: 'script.answered', from: '10.0.0.9', mac: 'm', at: '2026-01-01T00:00:00.000Z' } as const
    counter.countBoot({ ...asked, answer: 'boot-os', isAgain: false })
    counter.countBoot({ ...asked, answer: 'boot-os', isAgain: true })
    counter.countBoot({ ...asked, answer: 'local-disk', isAgain: false })
    counter.countBoot({ ...asked, answer: 'wait', isAgain: false })
    expect(counter.take([], standing)).toMatchObject({ bootsToBootOs: 1, bootsToDisk: 1 })
  })
})
