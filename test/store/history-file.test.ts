import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { JobRecord } from '../../src/orchestrator/job/record.ts'
import { openHistoryFile } from '../../src/store/history-file.ts'
import { MemoryHistory } from '../../src/store/memory-store.ts'
import type { History } from '../../src/store/record-store.ts'
import { StateFolder } from '../fakes/state-folder.ts'

const job = (id: string, sequence: number) => ({ id, sequence, queuedAt: 'ä' }) as JobRecord

it.each([
  {
    name: 'file',
    open: (folder: string): Promise<History<JobRecord>> => openHistoryFile<JobRecord>(join(folder, 'history.jsonl')),
  },
  { name: 'memory', open: async (): Promise<History<JobRecord>> => new MemoryHistory() },
])('$name: the newest first, an id added again counts as new', async ({ open }) => {
  using folder = new StateFolder()
  const history = await open(folder.path)
  await Promise.all([history.add(job('a', 1)), history.add(job('b', 2)), history.add(job('c', 3))])
  await history.add(job('a', 4))
  expect((await history.latest(2)).map(({ sequence }) => sequence)).toEqual([4, 3])
  expect((await history.find('b'))?.sequence).toBe(2)
  expect(await history.find('x')).toBeUndefined()
  await history.close()
})

it('survives a torn end and goes on behind it', async () => {
  using folder = new StateFolder()
  const path = join(folder.path, 'history.jsonl')
  const first = await openHistoryFile<JobRecord>(path)
  await first.add(job('a', 1))
  await first.close()
  appendFileSync(path, '{"id":"torn"')
  const history = await openHistoryFile<JobRecord>(path)
  await history.add(job('b', 2))
  await history.close()
  const again = await openHistoryFile<JobRecord>(path)
  expect((await again.latest(9)).map(({ id }) => id)).toEqual(['b', 'a'])
  await again.close()
})

it('a line that the disk lost costs itself and is told; what comes after it is found', async () => {
  using folder = new StateFolder()
  const path = join(folder.path, 'history.jsonl')
  const first = await openHistoryFile<JobRecord>(path)
  for (const [n, id] of ['a', 'b', 'c'].entries()) await first.add(job(id, n))
  await first.close()
  writeFileSync(path, readFileSync(path, 'utf8').replace('"sequence":1', '"sequence":7'))
  const told: object[] = []
  const history = await openHistoryFile<JobRecord>(path, (damage) => told.push(damage))
  expect(told).toMatchObject([{ path, line: 2 }])
  await history.add(job('d', 4))
  expect((await history.latest(9)).map(({ id }) => id)).toEqual(['d', 'c', 'a'])
  await history.close()
})
