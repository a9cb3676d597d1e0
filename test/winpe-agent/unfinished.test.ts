import { describe, expect, it } from 'vitest'
import type { Step } from '../../src/contract/steps.ts'
import { leavesUnfinished } from '../../src/winpe-agent/unfinished.ts'

const steps = (...kinds: Step['kind'][]) => kinds.map((kind) => ({ kind }) as Step)
const build = steps('format', 'setup', 'activate', 'capture')
const deploy = steps('deploy', 'verify')

describe('leavesUnfinished', () => {
  it.each([
    { name: 'a disk with foreign data was refused', job: build, index: 0, code: 'AGENT_DISK_HAS_DATA', want: false },
    { name: 'mkfs failed', job: build, index: 0, code: 'AGENT_COMMAND_FAILED', want: true },
    { name: 'a script failed', job: build, index: 1, code: 'AGENT_SCRIPT_FAILED', want: true },
    { name: 'the store was full when a build was captured', job: build, index: 3, code: 'IMAGE_STORE_FULL', want: true },
    { name: 'a plain capture failed', job: steps('capture'), index: 0, code: 'IMAGE_STORE_FULL', want: false },
    { name: 'a deploy was refused', job: deploy, index: 0, code: 'IMAGE_DOES_NOT_FIT', want: false },
    { name: 'a deploy broke off', job: deploy, index: 0, code: 'AGENT_STEP_FAILED', bytesWritten: 1, want: true },
    { name: 'a copy did not verify', job: deploy, index: 1, code: 'IMAGE_DIGEST_MISMATCH', want: true },
  ])('$name: $want', ({ job, index, code, bytesWritten, want }) => {
    expect(leavesUnfinished(job, { index, code, transfer: bytesWritten === undefined ? {} : { bytesWritten } })).toBe(want)
  })
})
