// What people are told when a job waits.
import { describe, expect, it } from 'vitest'
import type { JobRecord } from '../../../src/orchestrator/job/record.ts'
import { waitReasons } from '../../../src/orchestrator/job/wait-reasons.ts'
import type { NodeRecord } from '../../../src/orchestrator/node/record.ts'

const node = (name: string, change: Partial<NodeRecord> = {}): NodeRecord =>
  ({
    id: name,
    name,
    state: 'approved',
    inventory: { architecture: 'x64', firmware: 'uefi', memoryBytes: 8e9, disks: [], nics: [] },
    ...change,
  }) as unknown as NodeRecord
const job = (needs: object = {}): Pick<JobRecord, 'request' | 'pins'> =>
  ({ request: { kind: 'check', needs }, pins: {} }) as unknown as JobRecord
const facts = {
  isMember: (name: string, { tags = [] }: NodeRecord) => tags.includes(name),
  isBusy: (id: string) => id === 'busy',
}

describe('waitReasons', () => {
  it.each([
    {
      name: 'nodes that fit and are held are told by their number',
      needs: {},
      nodes: [node('a', { state: 'held' }), node('b', { state: 'held' }), node('c', { state: 'discovered' })],
      want: {
        would: { count: 0, nodes: [] },
        against: [
          { reason: 'is held, not approved', count: 2, nodes: ['a', 'b'] },
          { reason: 'is discovered, not approved', count: 1, nodes: ['c'] },
        ],
      },
    },
    {
      name: 'what nobody has is told',
      needs: { minMemoryBytes: 9e9 },
      nodes: [node('a'), node('b')],
      want: {
        would: { count: 0, nodes: [] },
        against: [{ reason: 'has 8000000000 bytes of memory, the job needs 9000000000', count: 2, nodes: ['a', 'b'] }],
      },
    },
    {
      name: 'a node of another class, and one that works',
      needs: { nodeClass: 'web' },
      nodes: [node('a'), node('busy', { tags: ['web'] }), node('free', { tags: ['web'] })],
      want: {
        would: { count: 1, nodes: ['free'] },
        against: [
          { reason: 'is not in the class web', count: 1, nodes: ['a'] },
          { reason: 'works on another job', count: 1, nodes: ['busy'] },
        ],
      },
    },
    {
      name: 'nobody waits for a node that is out of service',
      needs: {},
      nodes: [node('a', { state: 'retired' })],
      want: { would: { count: 0, nodes: [] }, against: [] },
    },
  ])('$name', ({ needs, nodes, want }) => {
    expect(waitReasons(job(needs), nodes, facts)).toEqual(want)
  })

  it('names a few of many', () => {
    const many = Array.from({ length: 400 }, (_, n) => node(`n${n}`, { state: 'held' }))
    const { against } = waitReasons(job(), many, facts)
    expect(against[0]).toMatchObject({ count: 400, nodes: { length: 5 } })
  })
})
