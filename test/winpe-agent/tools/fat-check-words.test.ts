import { expect, it } from 'vitest'
import { fatProblems } from '../../../src/winpe-agent/tools/fat-check-words.ts'

const HARMLESS = `fsck.fat 4.2 (2021-01-31)
There are differences between boot sector and its backup.
This is mostly harmless. Differences: (offset:original/backup)
  100:58/56, 101:00/01
  , ...
  Not automatically fixing this.
Free cluster summary wrong (7 vs. really 80626)
  Auto-correcting.

Leaving filesystem unchanged.
v2: 1 files, 2/80628 clusters`.split('\n')

it('a count and a copy of the first sector that differ are no damage', () => expect(fatProblems(HARMLESS)).toEqual([]))

it('everything else is', () => {
  const damage = ['/A', '  Contains a free cluster (10). Assuming EOF.']
  expect(fatProblems([...HARMLESS, ...damage])).toEqual(damage)
})
