import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Away } from '../../../src/orchestrator/job/away.ts'
import {
  type Effect,
  type JobEvent,
  type JobLife,
  type JobRules,
  MAX_HANDED_AGAIN,
  transition,
} from '../../../src/orchestrator/job/transition.ts'

const RULES: JobRules = {
  stepCount: 3,
  maxAttempts: 2,
  stepRetries: 0,
  backOffSeconds: 0,
  leavesWhenNotAccepted: true,
  retriesWhenNotCompleted: true,
  hasOnFailure: false,
}
const QUEUED: JobLife = { phase: 'queued', attempt: 0 }
const CLAIM: JobEvent = { type: 'claimed', nodeId: 'a', leaseId: 'l1', at: 5 }

function play(events: readonly JobEvent[], rules = RULES): { life: JobLife; lives: JobLife[]; effects: Effect[] } {
  let life = QUEUED
  const lives: JobLife[] = [life]
  const effects: Effect[] = []
  for (const event of events) {
    const [next, more] = transition(life, event, rules)
    life = next
    lives.push(life)
    effects.push(...more)
  }
  return { life, lives, effects }
}

const done = (step: number): JobEvent => ({ type: 'step-done', step })
const failed = (step: number, isWorthRepeating: boolean): JobEvent => ({ type: 'step-failed', step, isWorthRepeating })
const LEASE_ENDED: JobEvent = { type: 'lease-ended', at: 1000 }
const AWAY: Away = {
  into: 'local-disk',
  at: 10,
  boot: 'a',
  until: 500,
  answers: 0,
  isBack: false,
  notBackBeforeSeconds: 15,
  kernelArguments: '',
}
const departed = (step: number): JobEvent => ({ type: 'departed', step, away: AWAY })
const RETURNED: JobEvent = { type: 'returned', nodeId: 'a', leaseId: 'l2' }
const OVER: JobEvent = { type: 'on-failure-over', step: 0 }

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
      events: [CLAIM, done(0), { type: 'handed-again', nodeId: 'a', leaseId: 'l2', at: 6 }],
      want: { phase: 'running', stepIndex: 1, attempt: 1, leaseId: 'l2' },
    },
    {
      name: 'not handed to another',
      events: [CLAIM, { type: 'handed-again', nodeId: 'b', leaseId: 'l2', at: 6 }],
      want: { phase: 'running', leaseId: 'l1' },
    },
    {
      name: 'handed again too often',
      events: [
        CLAIM,
        ...Array.from(
          { length: MAX_HANDED_AGAIN + 1 },
          (): JobEvent => ({ type: 'handed-again', nodeId: 'a', leaseId: 'x', at: 6 }),
        ),
      ],
      want: { phase: 'queued', attempt: 1 },
    },
  ])('$name', ({ events, want }) => {
    expect(play(events).life).toMatchObject(want)
  })

  it.each<{ name: string; rules: Partial<JobRules>; events: JobEvent[]; want: object; effects?: string[] }>([
    {
      name: 'backs off before it is offered again',
      rules: { backOffSeconds: 30 },
      events: [CLAIM, LEASE_ENDED],
      want: { phase: 'queued', notBefore: 31_000 },
      effects: ['release', 'tell reclaimed', 'offer'],
    },
    {
      name: 'backs off longer each time',
      rules: { backOffSeconds: 30, maxAttempts: 9 },
      events: [CLAIM, LEASE_ENDED, CLAIM, LEASE_ENDED, CLAIM, LEASE_ENDED],
      want: { phase: 'queued', notBefore: 121_000 },
    },
    {
      name: 'tries a step again whatever its reason, when asked to',
      rules: { stepRetries: 2 },
      events: [CLAIM, failed(0, false), failed(0, false)],
      want: { phase: 'running', stepIndex: 0, stepTries: 2, attempt: 1 },
    },
    {
      name: 'and no more often',
      rules: { stepRetries: 1 },
      events: [CLAIM, failed(0, false), failed(0, false)],
      want: { phase: 'failed' },
    },
    {
      name: 'stays in the queue when nobody takes it, and tells it once',
      rules: { leavesWhenNotAccepted: false },
      events: [{ type: 'accept-timeout' }, { type: 'accept-timeout' }],
      want: { phase: 'queued', isLateTold: true },
      effects: ['tell not-accepted'],
    },
    {
      name: 'is not tried again after its complete timeout, when asked to',
      rules: { retriesWhenNotCompleted: false },
      events: [CLAIM, { type: 'complete-timeout', at: 9 }],
      want: { phase: 'timed-out', attempt: 1 },
      effects: ['release', 'tell failed', 'end'],
    },
    {
      name: 'away and back: at the next step, under another lease',
      rules: {},
      events: [CLAIM, departed(0), { type: 'boot-answered', at: 20, isBack: false }, RETURNED],
      want: { phase: 'running', stepIndex: 1, leaseId: 'l2', attempt: 1 },
      effects: [],
    },
    {
      name: 'back without having left',
      rules: {},
      events: [CLAIM, RETURNED],
      want: { phase: 'running', stepIndex: 0, leaseId: 'l1' },
    },
    {
      name: 'back twice counts once',
      rules: {},
      events: [CLAIM, departed(0), RETURNED, RETURNED],
      want: { phase: 'running', stepIndex: 1 },
    },
    {
      name: 'it said that it leaves, and asks anew without having gone',
      rules: {},
      events: [CLAIM, departed(0), { type: 'handed-again', nodeId: 'a', leaseId: 'l3', at: 30 }],
      want: { phase: 'running', stepIndex: 0, leaseId: 'l3' },
    },
    {
      name: 'it never comes back',
      rules: {},
      events: [CLAIM, departed(0), { type: 'away-too-long', at: 500 }],
      want: { phase: 'queued', attempt: 1 },
      effects: ['release', 'tell reclaimed', 'offer'],
    },
    {
      name: 'the last step takes it away',
      rules: { stepCount: 1 },
      events: [CLAIM, departed(0), RETURNED],
      want: { phase: 'succeeded' },
      effects: ['release', 'end'],
    },
    {
      name: 'failed, with something to do about it',
      rules: { hasOnFailure: true },
      events: [CLAIM, failed(0, false)],
      want: { phase: 'running', isFailing: true, stepIndex: 0 },
      effects: [],
    },
    {
      name: 'which is over',
      rules: { hasOnFailure: true },
      events: [CLAIM, failed(0, false), OVER],
      want: { phase: 'failed' },
      effects: ['release', 'tell failed', 'end'],
    },
    {
      name: 'which is lost: no further attempt',
      rules: { hasOnFailure: true, maxAttempts: 9 },
      events: [CLAIM, failed(0, false), LEASE_ENDED],
      want: { phase: 'failed', attempt: 1 },
    },
    {
      name: 'held while it waits',
      rules: {},
      events: [{ type: 'held', reason: 'wait' }],
      want: { phase: 'queued', hold: 'wait' },
      effects: [],
    },
    {
      name: 'held while it runs',
      rules: {},
      events: [CLAIM, { type: 'held', reason: 'wait' }],
      want: { phase: 'queued', hold: 'wait' },
      effects: ['release'],
    },
    {
      name: 'resumed',
      rules: {},
      events: [{ type: 'held', reason: 'wait' }, { type: 'resumed' }],
      want: { phase: 'queued', attempt: 0 },
      effects: ['offer'],
    },
    {
      name: 'its node is reclaimed, even in the last attempt',
      rules: { maxAttempts: 1 },
      events: [CLAIM, { type: 'node-reclaimed' }],
      want: { phase: 'queued', attempt: 0 },
      effects: ['release', 'tell reclaimed', 'offer'],
    },
  ])('$name', ({ rules, events, want, effects }) => {
    const got = play(events, { ...RULES, ...rules })
    expect(got.life).toMatchObject(want)
    const words = got.effects.map((effect) => (effect.do === 'tell' ? `tell ${effect.notice}` : effect.do))
    if (effects !== undefined) expect(words).toEqual(effects)
  })

  const anyEvent: fc.Arbitrary<JobEvent> = fc.oneof(
    fc.record({ type: fc.constant('claimed' as const), nodeId: fc.constantFrom('a', 'b'), leaseId: fc.uuid(), at: fc.nat() }),
    fc.record({
      type: fc.constant('handed-again' as const),
      nodeId: fc.constantFrom('a', 'b'),
      leaseId: fc.uuid(),
      at: fc.nat(),
    }),
    fc.record({ type: fc.constant('step-done' as const), step: fc.nat(3) }),
    fc.record({ type: fc.constant('departed' as const), step: fc.nat(3), away: fc.constant(AWAY) }),
    fc.record({ type: fc.constant('returned' as const), nodeId: fc.constantFrom('a', 'b'), leaseId: fc.uuid() }),
    fc.record({ type: fc.constant('boot-answered' as const), at: fc.nat(), isBack: fc.boolean() }),
    fc.record({ type: fc.constant('on-failure-over' as const), step: fc.nat(3) }),
    fc.record({ type: fc.constant('step-failed' as const), step: fc.nat(3), isWorthRepeating: fc.boolean() }),
    fc.constantFrom<JobEvent>(
      { type: 'lease-ended', at: 7 },
      { type: 'complete-timeout', at: 7 },
      { type: 'away-too-long', at: 7 },
      { type: 'held', reason: 'wait' },
      { type: 'resumed' },
      { type: 'node-reclaimed' },
      { type: 'accept-timeout' },
      { type: 'cancelled' },
      { type: 'broken' },
    ),
  )

  it('whatever happens: one release a lease, one end a job, no attempt too many, an end is final', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), fc.boolean(), (events, hasOnFailure) => {
        const { life, lives, effects } = play(events, { ...RULES, hasOnFailure })
        const isOver = life.phase !== 'queued' && life.phase !== 'running'
        expect(effects.filter((effect) => effect.do === 'end')).toHaveLength(isOver ? 1 : 0)
        const begun = lives.filter(({ phase }, index) => phase === 'running' && lives[index - 1]?.phase !== 'running').length
        expect(effects.filter((effect) => effect.do === 'release')).toHaveLength(life.phase === 'running' ? begun - 1 : begun)
        for (const [index, { attempt, phase }] of lives.entries()) {
          const before = lives[index - 1]
          expect(attempt).toBeLessThanOrEqual(RULES.maxAttempts)
          if (before !== undefined && before.phase !== 'queued' && before.phase !== 'running') expect(phase).toBe(before.phase)
          if (before?.phase === 'running' && before.isFailing)
            expect(lives[index]).toMatchObject(phase === 'running' ? { isFailing: true } : { phase: 'failed' })
          if (before?.phase !== 'running' || lives[index]!.phase !== 'running') continue
          const [from, to] = [before, lives[index]!]
          expect(to.stepIndex - from.stepIndex, 'one step at a time').toBeOneOf([0, 1])
          if (to.stepIndex > from.stepIndex) expect(to.away, 'not away at a step that has just begun').toBeUndefined()
        }
      }),
    )
  })
})
