// Batches as grids, boots and sites in words, charts with gaps.
import { describe, expect, it } from 'vitest'
import type { JobView } from '../../src/console/app/api.ts'
import { CHARTS, chartOf, type FigureSeries } from '../../src/console/charts/series.ts'
import { joinPath, partsOf } from '../../src/console/images/file-path.ts'
import { batchGrids, fieldOf } from '../../src/console/jobs/batch-grid.ts'
import { verdictOf, worstOf } from '../../src/console/node/boot-words.ts'
import { diskWords, hintOf } from '../../src/console/node/disk-words.ts'
import { menuOf } from '../../src/console/node/node-menu.ts'
import { shownSettings } from '../../src/console/settings/setting-words.ts'
import { type Site, standingOf } from '../../src/console/sites/site-words.ts'

const job = (id: string, title: string, batch: string | undefined, minute: number): JobView =>
  ({
    id,
    queuedAt: new Date(minute * 60_000).toISOString(),
    request: { kind: 'build', profile: 'p', title, batch },
  }) as unknown as JobView

describe('batches', () => {
  it('are grids, the newest first, with the latest job of each field', () => {
    const grids = batchGrids([
      job('1', 'Old: a/x', 'old', 1),
      job('2', 'New: a/x', 'new', 2),
      job('3', 'New: b/y', 'new', 3),
      job('4', 'New: a/x', 'new', 4),
      job('5', 'alone', undefined, 9),
    ])
    expect(grids.map(({ batch }) => batch)).toEqual(['new', 'old'])
    expect(grids[0]).toMatchObject({ products: ['a', 'b'], configurations: ['x', 'y'] })
    expect(grids[0]!.jobs.get(fieldOf('a', 'x'))?.id).toBe('4')
    expect(grids[0]!.jobs.get(fieldOf('a', 'y'))).toBeUndefined()
  })
})

describe('boots in words', () => {
  const step = (verdict: 'good' | 'odd' | 'bad', second: number) => ({
    at: new Date(second * 1000).toISOString(),
    by: 'dhcp' as const,
    verdict,
    says: '',
  })
  it.each([
    {
      steps: [step('good', 0), step('good', 6)],
      answer: 'boot-os' as const,
      want: 'sent into the boot OS, 2 steps in 6 s',
      worst: 'good',
    },
    { steps: [step('odd', 0)], answer: undefined, want: 'never asked what to boot, 1 step in 0 s', worst: 'odd' },
    { steps: [step('odd', 0), step('bad', 1)], answer: 'wait' as const, want: 'told to wait, 2 steps in 1 s', worst: 'bad' },
  ])('$want', ({ steps, answer, want, worst }) => {
    const boot = { startedAt: steps[0]!.at, steps, leftOut: 0, ...(answer === undefined ? {} : { answer }) }
    expect(verdictOf(boot)).toBe(want)
    expect(worstOf(boot)).toBe(worst)
  })
})

describe('what the menu of a node offers', () => {
  const words = (...given: Parameters<typeof menuOf>) =>
    menuOf(...given).map((group) => group.map((entry) => ('act' in entry ? entry.act : entry.ask)).join(' '))
  it.each([
    { node: { state: 'discovered', presence: 'away' }, hasJob: false, want: ['approve', 'retire'] },
    {
      node: { state: 'approved', presence: 'away' },
      hasJob: false,
      want: ['try run check prove', 'restart hold', 'wipe retire'],
    },
    {
      node: { state: 'approved', presence: 'boot-os' },
      hasJob: true,
      want: ['try run check prove', 'hold', 'reclaim wipe retire'],
    },
    { node: { state: 'held', presence: 'away' }, hasJob: false, want: ['release', 'retire'] },
    { node: { state: 'retired', presence: 'away' }, hasJob: false, want: [] },
  ] as const)('$node.state, $node.presence', ({ node, hasJob, want }) => {
    expect(words(node, hasJob)).toEqual(want)
  })
})

describe('a disk', () => {
  const disk = (change: object) => ({ devicePath: '/dev/sda', sizeBytes: 960e9, ...change }) as Parameters<typeof diskWords>[0]
  it.each([
    { name: 'by serial and WWN', given: { serial: 'S1', wwn: 'w', byPath: 'p' }, hint: { serial: 'S1', wwn: 'w' } },
    { name: 'by where it is plugged in', given: { byPath: 'p' }, hint: { byPath: 'p' } },
    { name: 'that nothing tells from others', given: {}, hint: undefined },
  ])('$name', ({ given, hint }) => {
    expect(hintOf(disk(given))).toEqual(hint)
  })
  it('in words', () => {
    expect(diskWords(disk({ model: 'PM893', serial: 'S1' }))).toBe('/dev/sda, 960 GB, PM893, serial S1')
  })
})

describe('how a site stands', () => {
  const site = (change: object): Site =>
    ({
      state: 'joined',
      failures: [],
      drifted: [],
      isAhead: false,
      isComplete: false,
      isWaiting: false,
      ...change,
    }) as unknown as Site
  it.each([
    { change: { state: 'invited' }, tone: 'grey' },
    { change: { isComplete: true }, tone: 'green' },
    { change: { isComplete: true, isAhead: true }, tone: 'red' },
    { change: { failures: [{}] }, tone: 'red' },
    { change: { isWaiting: true }, tone: 'orange' },
    { change: { leftBytes: 5e9 }, tone: 'blue' },
    { change: { refusal: { code: 'X', message: 'clock differs' }, isComplete: true }, tone: 'red' },
  ])('$change is $tone', ({ change, tone }) => {
    expect(standingOf(site(change)).tone).toBe(tone)
  })
})

describe('charts', () => {
  it('end where the appliance did not run, and show bytes a second', () => {
    const figures = Object.fromEntries(CHARTS.flatMap(({ names }) => names).map((name) => [name, [60, 120, 600]]))
    const series = { stepSeconds: 60, at: [60, 120, 600], figures } as unknown as FigureSeries
    const chart = chartOf(CHARTS.find(({ title }) => title === 'speed')!, series)
    expect(chart.at).toEqual([60, 120, 180, 600])
    expect(chart.lines[0]!.values).toEqual([1, 2, null, 10])
    expect(chart.words).toBe('Image bytes a second. Last: moved 10 B/s.')
  })
})

describe('paths of files', () => {
  it('lead from the root', () => {
    expect(partsOf('/etc/ssh/')).toEqual([
      { label: '', path: '/' },
      { label: 'etc', path: '/etc' },
      { label: 'ssh', path: '/etc/ssh' },
    ])
    expect([joinPath('/', 'etc'), joinPath('/etc', 'ssh')]).toEqual(['/etc', '/etc/ssh'])
  })
})

describe('settings', () => {
  const all = [
    { key: 'http.port', value: 8081, from: '--http-port', description: 'Where HTTP is served' },
    { key: 'log.level', value: 'info', from: 'default', description: 'How much is said' },
  ]
  it.each([
    { word: '', only: false, want: 2 },
    { word: 'HTTP', only: false, want: 1 },
    { word: 'info', only: false, want: 1 },
    { word: '', only: true, want: 1 },
    { word: 'info', only: true, want: 0 },
  ])('"$word", only what somebody said: $only', ({ word, only, want }) => {
    expect(shownSettings(all, word, only)).toHaveLength(want)
  })
})
