// What the page decides without a browser.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JobView, NodeView } from '../../src/console/app/api.ts'
import { selectorWords } from '../../src/console/classes/selector-words.ts'
import { activityOf, toneOf } from '../../src/console/fleet/activity.ts'
import { type FleetRow, fits, matches, wordsOfNode } from '../../src/console/fleet/filter.ts'
import { placeOf } from '../../src/console/fleet/places.ts'
import { stepsOf, titleOfJob } from '../../src/console/jobs/job-words.ts'
import { targetOf } from '../../src/console/jobs/queue-move.ts'
import { lastDeploySeconds } from '../../src/console/node/last-deploy.ts'
import { ago, bytes, duration } from '../../src/console/parts/format.ts'
import { sorted } from '../../src/console/parts/sort.ts'
import { stepsDone } from '../../src/console/start/steps-done.ts'

const node = (change: object = {}): NodeView =>
  ({
    id: 'n1',
    name: 'rack5-n07',
    state: 'approved',
    presence: 'away',
    bootMacs: ['52:54:00:ab:cd:ef'],
    inventory: { smbios: { systemSerial: 'SN-77' }, nics: [{ mac: '52:54:00:11:22:33' }] },
    ...change,
  }) as unknown as NodeView
const job = (change: object = {}): JobView =>
  ({
    id: 'j1',
    state: 'running',
    request: { kind: 'deploy', version: 3 },
    imageName: 'web',
    stepIndex: 1,
    stepKinds: ['deploy', 'verify', 'grow'],
    results: [],
    status: { percent: 40 },
    ...change,
  }) as unknown as JobView

describe('figures', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1500, '1.5 kB'],
    [2_600_000_000, '2.6 GB'],
    [123_456_789_012, '123 GB'],
  ])('%d bytes are %s', (count, text) => expect(bytes(count)).toBe(text))

  it.each([
    [0, '0 s'],
    [59.6, '1 min'],
    [65, '1 min 5 s'],
    [725, '12 min'],
    [3725, '1 h 2 min'],
    [90_000, '1 d 1 h'],
  ])('%d seconds are %s', (seconds, text) => expect(duration(seconds)).toBe(text))

  it.each([
    [3, 'just now'],
    [65, '1 min 5 s ago'],
    [3700, '1 h 1 min ago'],
  ])('%d seconds before now is %s', (seconds, text) => {
    expect(ago(new Date(1_000_000_000_000 - seconds * 1000).toISOString(), 1_000_000_000_000)).toBe(text)
  })
})

describe('the filter', () => {
  it.each([
    ['5254.00ab', false],
    ['525400ab', true],
    ['52:54:00:AB', true],
    ['52-54-00-11', true],
    ['sn-77', true],
    ['rack5 n07', true],
    ['rack6', false],
    ['', true],
  ])('%j fits: %s', (typed, isFit) => expect(matches(wordsOfNode(node()), typed)).toBe(isFit))

  it('asks for all that was chosen', () => {
    const row: FleetRow = { node: node(), activity: { kind: 'away' }, classes: ['web'] }
    expect(fits(row, { state: 'approved', class: 'web', doing: 'away', q: 'rack5' })).toBe(true)
    expect(fits(row, { state: 'held' })).toBe(false)
    expect(fits(row, { class: 'db' })).toBe(false)
    expect(fits(row, { doing: 'running' })).toBe(false)
  })
})

describe('what a node does', () => {
  const jobs = new Map([['j1', job()]])
  it.each([
    [{ runningJobId: 'j1' }, 'running'],
    [{ runningJobId: 'gone' }, 'running'],
    [{ doubt: { reason: 'two machines', nodeIds: [] } }, 'doubt'],
    [{ elsewhere: {} }, 'elsewhere'],
    [{ presence: 'boot-os' }, 'boot-os'],
    [{}, 'away'],
  ])('%j: %s', (change, kind) => expect(activityOf(node(change), jobs).kind).toBe(kind))

  it.each([
    ['red', { state: 'held' }, 'away', false],
    ['red', {}, 'doubt', false],
    ['blue', {}, 'running', true],
    ['orange', { state: 'discovered' }, 'boot-os', false],
    ['orange', { installed: {} }, 'away', true],
    ['green', { installed: {} }, 'away', false],
    ['grey', {}, 'away', false],
  ] as const)('is %s when %j does %s, behind: %s', (tone, change, kind, isBehind) => {
    expect(toneOf(node(change), { kind }, isBehind)).toBe(tone)
  })
})

it.each([
  ['rack5/12', 'rack5', '12'],
  ['dc1/rack5/u12', 'dc1/rack5', 'u12'],
  ['dc1 rack 5 U 12', 'dc1 rack 5', 'U 12'],
  ['the cellar', 'the cellar', ''],
  [undefined, '', ''],
])('the place %j is in rack %j at %j', (text, rack, unit) => expect(placeOf(text)).toEqual({ rack, unit }))

describe('jobs', () => {
  it.each([
    [{}, 'deploy web@3'],
    [{ request: { kind: 'build', profile: 'kiosk' }, imageName: 'kiosk' }, 'build kiosk'],
    [{ request: { kind: 'build', title: 'nightly' } }, 'nightly'],
  ])('%j is called %s', (change, title) => expect(titleOfJob(job(change))).toBe(title))

  it.each([
    ['running', ['done', 'now', 'waiting']],
    ['queued', ['done', 'waiting', 'waiting']],
    ['failed', ['done', 'failed', 'waiting']],
    ['succeeded', ['done', 'done', 'done']],
    ['cancelled', ['done', 'waiting', 'waiting']],
  ])('%s in the second of three steps: %j', (state, looks) => {
    expect(stepsOf(job({ state })).map((step) => step.state)).toEqual(looks)
  })

  it('a place up or down is what the appliance makes of "before"', () => {
    const ids = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(ids, fc.nat(), fc.constantFrom('earlier', 'later'), (queue, pick, where) => {
        const at = pick % queue.length
        const move = targetOf(
          queue.map((id) => ({ id })),
          queue[at]!,
          where,
        )
        const to = where === 'earlier' ? at - 1 : at + 1
        if (to < 0 || to >= queue.length) {
          expect(move).toBeUndefined()
          return
        }
        const without = queue.filter((id) => id !== move!.jobId)
        const moved = [...without]
        moved.splice(without.indexOf(move!.before!), 0, move!.jobId)
        const expected = [...queue]
        expected.splice(at, 1)
        expected.splice(to, 0, queue[at]!)
        expect(moved).toEqual(expected)
      }),
    )
  })

  it('the last deploy of a version to a node tells how long the next one takes', () => {
    const done = (version: number, completedAt: string) =>
      job({
        state: 'succeeded',
        nodeId: 'n1',
        request: { kind: 'deploy', version },
        status: { startedAt: '2026-01-01T00:00:00Z', completedAt },
      })
    const jobs = [done(3, '2026-01-01T00:02:00Z'), done(3, '2026-01-01T00:01:00Z'), done(2, '2026-01-01T00:09:00Z')]
    expect(lastDeploySeconds(jobs, 'n1', 'web', 3)).toBe(120)
    expect(lastDeploySeconds(jobs, 'n2', 'web', 3)).toBeUndefined()
  })
})

it('names are ordered as people count, and figures by size', () => {
  expect(sorted(['rack10', 'rack2', 'Rack1'], (name) => name, 'asc')).toEqual(['Rack1', 'rack2', 'rack10'])
  expect(sorted([9, 100, 20], (n) => n, 'desc')).toEqual([100, 20, 9])
})

it('a selector is told in words', () => {
  expect(selectorWords({ tags: ['web', 'new'], minMemoryBytes: 8_000_000_000 })).toBe('tags web and new, memory at least 8.0 GB')
})

it.each([
  ['nothing yet', {}, []],
  ['a boot OS', { findings: [{ severity: 'good', subject: 'boot OS', seen: '' }] }, ['bootOs']],
  ['a network', { isNetbootUp: true }, ['serve']],
  ['a machine', { nodes: [node({ state: 'discovered' })] }, ['machine']],
  ['an approved machine', { nodes: [node()] }, ['machine', 'approve']],
  ['an image', { images: [{ name: 'a', versions: [{}] }] }, ['capture']],
])('the first steps with %s', (_name, seen, done) => {
  const all = stepsDone({ findings: [], isNetbootUp: false, nodes: [], images: [], ...(seen as object) })
  expect(Object.entries(all).flatMap(([step, isDone]) => (isDone ? [step] : []))).toEqual(done)
})
