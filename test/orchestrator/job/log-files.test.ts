// A job's log on disk: a loop that talks does not fill it, and however large it is, it is read.
import { appendFileSync, readFileSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { JobLogs } from '../../../src/orchestrator/job/log-files.ts'
import { readLogLines } from '../../../src/orchestrator/job/log-reader.ts'
import { StateFolder } from '../../fakes/state-folder.ts'
import { TestClock } from '../../fakes/test-clock.ts'

const MAX_BYTES = 10_000
const line = (n: number) => `line ${n} ${'x'.repeat(80)}`

async function send(logs: JobLogs, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += 10)
    await logs.addAgentLines(
      'job',
      1,
      n,
      Array.from({ length: 10 }, (_, i) => line(n + i)),
    )
}

describe('a log that is full', () => {
  it('says so once, takes what the appliance says, and tells the agent to go on', async () => {
    using folder = new StateFolder()
    const logs = await JobLogs.open(folder.path, new TestClock(), MAX_BYTES)
    await send(logs, 0, 1000)
    await logs.note('job', 'the job has ended')
    expect(statSync(logs.pathOf('job')).size).toBeLessThan(MAX_BYTES + 300)
    const text = readFileSync(logs.pathOf('job'), 'utf8')
    expect(text.match(/this log is full/g)).toHaveLength(1)
    expect(text.split('\n').at(-2)).toContain('[platen] the job has ended')
    expect(text).toContain('line 0 ')
    expect(await logs.agentLineCount('job')).toBe(1000)
  })

  it('is full after a restart, too', async () => {
    using folder = new StateFolder()
    await send(await JobLogs.open(folder.path, new TestClock(), MAX_BYTES), 0, 1000)
    const again = await JobLogs.open(folder.path, new TestClock(), MAX_BYTES)
    await send(again, 1000, 2000)
    expect(readFileSync(again.pathOf('job'), 'utf8').match(/this log is full/g)).toHaveLength(1)
    expect(statSync(again.pathOf('job')).size).toBeLessThan(MAX_BYTES + 300)
  })
})

it('a large log is read in pieces, without the line that a crash cut off', async () => {
  using folder = new StateFolder()
  const logs = await JobLogs.open(folder.path, new TestClock())
  const block = `2026-01-02T03:04:05.000Z [1] ${'y'.repeat(1000)}\n`.repeat(8000)
  for (let written = 0; written < 3; written++) appendFileSync(logs.pathOf('job'), block)
  appendFileSync(logs.pathOf('job'), '2026-01-02T03:04:05.000Z [1] the last one\n2026 torn')
  const { lines, nextLine } = await readLogLines(logs, 'job', 24_000, 10)
  expect(lines).toEqual(['2026-01-02T03:04:05.000Z [1] the last one'])
  expect(nextLine).toBe(24_001)
  expect(await logs.agentLineCount('job')).toBe(24_001)
  expect(readFileSync(logs.pathOf('job'), 'utf8').endsWith('the last one\n')).toBe(true)
})
