import { expect, it } from 'vitest'
import type { CheckThresholds, DiskMeasures, Measures, SmartMeasures } from '../../../src/contract/hardware.ts'
import { judgeHardware, unmeasured, worstOf } from '../../../src/orchestrator/job/judge-hardware.ts'

const memory = (more: object): Measures => ({
  item: 'memory',
  totalBytes: 1000,
  testedBytes: 600,
  patterns: 3,
  wrongBlocks: 0,
  ...more,
})
const processor = (more: object): Measures => ({ item: 'processor', cores: 2, rounds: 10, wrongRounds: 0, ...more })
const disk = (smart: SmartMeasures | undefined, more: Partial<DiskMeasures> = {}): Measures => ({
  item: 'disk',
  devicePath: '/dev/sda',
  sizeBytes: 1e9,
  ...(smart === undefined ? {} : { smart }),
  readBytes: 1e8,
  readSeconds: 1,
  isWhole: false,
  badOffsets: [],
  badReads: 0,
  ...more,
})
const network = (more: object = {}): Measures => ({
  item: 'network',
  downBytes: 1e8,
  downSeconds: 1,
  upBytes: 5e7,
  upSeconds: 1,
  isDamaged: false,
  ...more,
})

it.each<[Measures, CheckThresholds, string, RegExp]>([
  [memory({}), {}, 'good', /60 % of 0 MiB tested with 3 patterns/],
  [memory({ wrongBlocks: 2 }), {}, 'bad', /2 blocks did not hold/],
  [memory({ testedBytes: 50 }), {}, 'not-tested', /less than 10 %/],
  [memory({}), { minMemoryPercent: 70 }, 'not-tested', /less than 70 %/],
  [processor({}), {}, 'good', /10 rounds on 2 cores/],
  [processor({ wrongRounds: 1 }), {}, 'bad', /1 rounds had a wrong result/],
  [processor({ rounds: 0 }), {}, 'not-tested', /0 rounds/],
  [processor({ keptSpeedPercent: 40 }), {}, 'worn', /fell to 40 %/],
  [disk({ passed: true }), {}, 'good', /SMART read; 95 MiB of 954 MiB read at 100.0 MB\/s/],
  [disk(undefined), {}, 'good', /says nothing of itself/],
  [disk(undefined, { readBytes: 0, readSeconds: 0 }), {}, 'not-tested', /says nothing/],
  [disk({ passed: false }), {}, 'bad', /it fails/],
  [disk({ passed: true, warning: 4 }), {}, 'bad', /warns \(0x4\)/],
  [disk({ badSectors: 3 }), {}, 'worn', /3 bad sectors/],
  [disk({ badSectors: 3 }), { maxBadSectors: 2 }, 'bad', /3 bad sectors, 2 are allowed/],
  [disk({ usedPercent: 101 }), {}, 'worn', /101 % of its life/],
  [disk({ usedPercent: 81 }), { maxUsedPercent: 80 }, 'bad', /81 % of its life are used, 80 % are allowed/],
  [disk({ celsius: 61 }), { maxCelsius: 60 }, 'bad', /61 °C/],
  [disk({ passed: true }, { badReads: 1, badOffsets: [4096] }), {}, 'bad', /1 places cannot be read, the first at byte 4096/],
  [disk({ passed: true }), { minDiskReadBytesPerSecond: 2e8 }, 'bad', /reads 100.0 MB\/s, 200.0 MB\/s/],
  [network(), {}, 'good', /100.0 MB\/s from the appliance, 50.0 MB\/s to it/],
  [network({ isDamaged: true }), {}, 'bad', /other than they were sent/],
  [network(), { minUpBytesPerSecond: 1e8 }, 'bad', /slower to the appliance/],
  [network({ downBytes: 0 }), {}, 'not-tested', /0.0 MB\/s/],
])('%j held against %j is %s', (measures, thresholds, verdict, words) => {
  const [item] = judgeHardware([measures], thresholds)
  expect(item!.verdict).toBe(verdict)
  expect(item!.words).toMatch(words)
})

it('the worst of what was tested counts', () => {
  const of = (...verdicts: ('good' | 'worn' | 'bad' | 'not-tested')[]) => worstOf(verdicts.map((verdict) => ({ verdict })))
  expect([of('good', 'not-tested'), of('good', 'worn'), of('worn', 'bad', 'good'), of('not-tested'), of()]).toEqual([
    'good',
    'worn',
    'bad',
    'not-tested',
    'not-tested',
  ])
})

it('names what was asked for and not measured', () => {
  const disks = [
    { devicePath: '/dev/sda', isRemovable: false },
    { devicePath: '/dev/sdb', isRemovable: false },
    { devicePath: '/dev/sdc', isRemovable: true },
  ]
  const inventory = { disks } as unknown as Parameters<typeof unmeasured>[2]
  expect(unmeasured(['memory', 'disk', 'network'], [memory({}), disk(undefined)], inventory)).toEqual(['network', '/dev/sdb'])
  expect(unmeasured(['memory'], [memory({})], inventory)).toEqual([])
})
