import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JobQueue, type QueueDesk } from '../../../src/orchestrator/job/queue.ts'
import { compareInQueue, placeOf } from '../../../src/orchestrator/job/queue-order.ts'
import type { JobRecord } from '../../../src/orchestrator/job/record.ts'
import type { NodeRecord } from '../../../src/orchestrator/node/record.ts'
import { inventoryOf } from '../../fakes/inventories.ts'

const DESK: QueueDesk = { isOffered: () => true, isMember: () => true, hasRoom: () => true }

interface Shape {
  readonly priority?: number
  readonly deadlineAt?: string | undefined
  readonly nodeId?: string | undefined
  readonly architecture?: 'x64' | 'arm64'
  readonly kind?: 'build' | 'deploy'
}

function job(sequence: number, { priority = 0, deadlineAt, nodeId, architecture, kind = 'build' }: Shape): JobRecord {
  const request = { kind, priority, ...(deadlineAt === undefined ? {} : { deadlineAt }) }
  const pins = {
    imageName: 'x',
    ...(nodeId === undefined ? {} : { nodeId }),
    ...(architecture === undefined ? {} : { architecture }),
  }
  return {
    id: `j${sequence}`,
    sequence,
    request,
    place: placeOf(request, sequence),
    pins,
    life: { phase: 'queued', attempt: 0 },
  } as unknown as JobRecord
}

function node(id: string, change: Partial<NodeRecord> = {}): NodeRecord {
  return {
    id,
    name: id,
    state: 'approved',
    inventory: inventoryOf(1),
    bootMacs: [],
    tableIds: [],
    firstSeenAt: '',
    lastSeenAt: '',
    ...change,
  }
}

describe('order', () => {
  it('priority, then deadline, then age', () => {
    const jobs = [
      job(1, {}),
      job(2, { deadlineAt: '2026-02-01T00:00:00.000Z' }),
      job(3, { priority: 5 }),
      job(4, { deadlineAt: '2026-01-01T00:00:00.000Z' }),
      job(5, { priority: -1, deadlineAt: '2025-01-01T00:00:00.000Z' }),
      job(6, { priority: 5 }),
    ]
    expect(jobs.sort(compareInQueue).map(({ id }) => id)).toEqual(['j3', 'j6', 'j4', 'j2', 'j1', 'j5'])
  })
})

describe('JobQueue', () => {
  it.each([
    { name: 'named for it', jobs: [job(1, { nodeId: 'b' }), job(2, { nodeId: 'a' })], want: 'j2' },
    { name: 'anybody before a later named one', jobs: [job(1, {}), job(2, { nodeId: 'a' })], want: 'j1' },
    { name: 'a named one of higher priority', jobs: [job(1, {}), job(2, { nodeId: 'a', priority: 1 })], want: 'j2' },
    {
      name: 'another architecture is passed over',
      jobs: [job(1, { architecture: 'arm64' }), job(2, { architecture: 'x64' })],
      want: 'j2',
    },
  ])('$name', ({ jobs, want }) => {
    const queue = new JobQueue(DESK)
    for (const each of jobs) queue.add(each)
    expect(queue.firstFor(node('a'))?.id).toBe(want)
  })

  it('a node that runs an image is not taken for a build that names nobody', () => {
    const queue = new JobQueue(DESK)
    queue.add(job(1, {}))
    const installed = { imageName: 'web', version: 3, at: '' }
    expect(queue.firstFor(node('a', { installed }))).toBeUndefined()
    queue.add(job(2, { nodeId: 'a' }))
    expect(queue.firstFor(node('a', { installed }))?.id).toBe('j2')
  })

  it.each(['discovered', 'held', 'retired'] as const)('a %s node gets nothing', (state) => {
    const queue = new JobQueue(DESK)
    queue.add(job(1, { nodeId: 'a' }))
    expect(queue.firstFor(node('a', { state }))).toBeUndefined()
  })

  it('gives the jobs in their order whatever the order in which they came', () => {
    const shape = fc.record({
      priority: fc.integer({ min: -2, max: 2 }),
      deadlineAt: fc.option(
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        { nil: undefined },
      ),
      nodeId: fc.constantFrom('a', undefined),
    })
    fc.assert(
      fc.property(fc.array(shape, { maxLength: 20 }), (shapes) => {
        const queue = new JobQueue(DESK)
        const jobs = shapes.map((each, index) => job(index + 1, each))
        for (const each of jobs) queue.add(each)
        const given: JobRecord[] = []
        for (let next = queue.firstFor(node('a')); next !== undefined; next = queue.firstFor(node('a'))) {
          given.push(next)
          queue.remove(next)
        }
        expect(given.map(({ id }) => id)).toEqual([...jobs].sort(compareInQueue).map(({ id }) => id))
      }),
    )
  })
})
