// platen operation: what long work of the appliance looks like, followed and called off.
import { beforeEach, expect, it } from 'vitest'
import type { Operation } from '../../src/contract/operations.ts'
import { CommandLine } from '../fakes/command-line.ts'

const RUNNING: Operation = {
  id: 'o-1',
  kind: 'image-verify',
  title: 'tiny-linux version 2',
  state: 'running',
  startedAt: '2026-03-02T08:30:00.000Z',
  done: 1,
  total: 4,
}

let cli: CommandLine
beforeEach(() => {
  cli = new CommandLine()
  cli.api.operationLooks = [RUNNING, { ...RUNNING, done: 2 }, { ...RUNNING, state: 'cancelled', done: 2 }]
})

it('lists it with how far it is', async () => {
  expect(await cli.run('operation list')).toBe(0)
  expect(cli.out.text).toMatch(/o-1 +image-verify +tiny-linux version 2 +running +25 %/)
})

it('follows it to its end, with its progress beside', async () => {
  await cli.run('operation show o-1 --wait')
  expect(cli.out.updates.map(({ percent }) => percent)).toEqual([25, 50, 50])
  expect(cli.out.text).toMatch(/state +cancelled/)
})

it('calls it off, and waits until it has stopped', async () => {
  await cli.run('operation cancel o-1 --json')
  expect(cli.api.asked[0]).toEqual(['o-1', 'cancel'])
  expect(JSON.parse(cli.out.text)).toMatchObject({ state: 'cancelled' })
})
