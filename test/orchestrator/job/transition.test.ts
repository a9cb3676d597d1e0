import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Effect,
  type JobEvent,
  type JobLife,
  MAX_HANDED_AGAIN,
  transition,
} from '../../../src/orchestrator/job/transition.ts'

const RULES = { stepCount: 3, maxAttempts: 2 }
const QUEUED: JobLife = { phase: 'queued', attempt: 0 }
const CLAIM: JobEvent = { type: 'claimed', nodeId: 'a', leaseId: 'l1', at: 5 }

function play(events: readonly JobEvent[], start: JobLife = QUEUED): { life: JobLife; lives: JobLife[]; effects: Effect[] } {
  let life = start
  const lives: JobLife[] = [life]
  const effects: Effect[] = []
  for (const event of events) {
    const [next, more] = transition(life, event, RULES)
    life = next
    lives.push(life)
    effects.push(...more)
  }
  return { life, lives, effects }
}

const done = (step: number): JobEvent => ({ type: 'step-done', step })
const failed = (step: number, isWorthRepeating: boolean): JobEvent => ({ type: 'step-failed', step, isWorthRepeating })
const LEASE_ENDED: JobEvent = { type: 'lease-ended' }

describe('transition', () => {
  it.each<{ name: string; events: JobEvent[]; want: Partial<JobLife> & { phase: string } }>([
    { name: 'all steps', events: [CLAIM, done(0), done(1), done(2)], want: { phase: 'succeeded', attempt: 1 } },
    {
      name: 'a step reported twice counts once',
      events: [CLAIM, done(0), done(0), done(0)],
      want: { phase: 'running', stepIndex: 1 },
    },
    { name: 'a failure that repeating does not mend', events: [CLAIM, failed(0, false)], want: { phase: 'failed', attempt: 1 } },
    {
      name: 'a failure worth another try',
      events: [CLAIM, done(0), failed(1, true)],
      want: { phase: 'running', stepIndex: 1, attempt: 2 },
    },
    { name: 'no attempt left', events: [CLAIM, failed(0, true), failed(0, true)], want: { phase: 'failed', attempt: 2 } },
    { name: 'a lost agent', events: [CLAIM, done(0), LEASE_ENDED], want: { phase: 'queued', attempt: 1 } },
    { name: 'two lost agents', events: [CLAIM, LEASE_ENDED, CLAIM, LEASE_ENDED], want: { phase: 'timed-out', attempt: 2 } },
    { name: 'nobody took it', events: [{ type: 'accept-timeout' }], want: { phase: 'timed-out', attempt: 0 } },
    {
      name: 'the accept timeout is over once it is taken',
      events: [CLAIM, { type: 'accept-timeout' }],
      want: { phase: 'running' },
    },
    { name: 'cancelled while it waits', events: [{ type: 'cancelled' }], want: { phase: 'cancelled' } },
    { name: 'cancelled while it runs', events: [CLAIM, { type: 'cancelled' }, done(0)], want: { phase: 'cancelled' } },
    { name: 'no plan', events: [CLAIM, { type: 'broken' }], want: { phase: 'failed' } },
    {
      name: 'handed again to its node',
      events: [CLAIM, done(0), { type: 'handed-again', nodeId: 'a', leaseId: 'l2' }],
      want: { phase: 'running', stepIndex: 1, attempt: 1, leaseId: 'l2' },
    },
    {
      name: 'not handed to another',
      events: [CLAIM, { type: 'handed-again', nodeId: 'b', leaseId: 'l2' }],
      want: { phase: 'running', leaseId: 'l1' },
    },
    {
      name: 'handed again too often',
      events: [
        CLAIM,
        ...Array.from({ length: MAX_HANDED_AGAIN + 1 }, (): JobEvent => ({ type: 'handed-again', nodeId: 'a', leaseId: 'x' })),
      ],
      want: { phase: 'queued', attempt: 1 },
    },
  ])('$name', ({ events, want }) => {
    expect(play(events).life).toMatchObject(want)
  })

  const anyEvent: fc.Arbitrary<JobEvent> = fc.oneof(
    fc.record({ type: fc.constant('claimed' as const), nodeId: fc.constantFrom('a', 'b'), leaseId: fc.uuid(), at: fc.nat() }),
    fc.record({ type: fc.constant('handed-again' as const), nodeId: fc.constantFrom('a', 'b'), leaseId: fc.uuid() }),
    fc.record({ type: fc.constant('step-done' as const), step: fc.nat(3) }),
    fc.record({ type: fc.constant('step-failed' as const), step: fc.nat(3), isWorthRepeating: fc.boolean() }),
    fc.constantFrom<JobEvent>(
      { type: 'lease-ended' },
      { type: 'complete-timeout' },
      { type: 'accept-timeout' },
      { type: 'cancelled' },
      { type: 'broken' },
    ),
  )

  it('whatever happens: one release a lease, one end a job, attempts only grow and never past the rule, an end is final', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
        const { life, lives, effects } = play(events)
        const isOver = life.phase !== 'queued' && life.phase !== 'running'
        expect(effects.filter((effect) => effect.do === 'end')).toHaveLength(isOver ? 1 : 0)
        const begun = lives.filter(({ phase }, index) => phase === 'running' && lives[index - 1]?.phase !== 'running').length
        expect(effects.filter((effect) => effect.do === 'release')).toHaveLength(life.phase === 'running' ? begun - 1 : begun)
        for (const [index, { attempt, phase }] of lives.entries()) {
          const before = lives[index - 1]
          expect(attempt).toBeGreaterThanOrEqual(before?.attempt ?? 0)
          expect(attempt).toBeLessThanOrEqual(RULES.maxAttempts)
          if (before !== undefined && before.phase !== 'queued' && before.phase !== 'running') expect(phase).toBe(before.phase)
        }
      }),
    )
  })
})
