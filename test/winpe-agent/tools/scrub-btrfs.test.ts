import { expect, it } from 'vitest'
import { judgeScrub } from '../../../src/winpe-agent/tools/scrub-btrfs.ts'

const summary = (errors: string, status = 'finished') => [
  'scrub done for a00cddc1-dd83-44df-9856-5ccb717f50c6',
  `Status:           ${status}`,
  'Total to scrub:   187.00MiB',
  `Error summary:    ${errors}`,
]

it.each([
  { name: 'no errors', exitCode: 0, lastLines: summary('no errors found'), kind: 'whole' },
  { name: 'a copy that another one would mend', exitCode: 0, lastLines: summary('verify=4'), kind: 'broken' },
  { name: 'nothing that would mend it', exitCode: 3, lastLines: summary('csum=1'), kind: 'broken' },
  { name: 'the kernel does not scrub it', exitCode: 1, lastLines: summary('no errors found', 'aborted'), kind: 'unchecked' },
  { name: 'it was stopped', exitCode: 0, lastLines: summary('no errors found', 'aborted'), kind: 'unchecked' },
  { name: 'there is no such program', exitCode: undefined, lastLines: [], kind: 'unchecked' },
])('$name: $kind', ({ exitCode, lastLines, kind }) => {
  expect(judgeScrub({ exitCode, problem: exitCode === undefined ? 'not found' : undefined, lastLines })).toMatchObject({ kind })
})
