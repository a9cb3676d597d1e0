// Rings, failures and the way back: cases, and what no course of events breaks.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  advance,
  failuresOf,
  isOver,
  type KeptNode,
  type KeptRollOut,
  type NodeSight,
  type RollOutRules,
  sizeOfRing,
} from '../../../src/orchestrator/roll-out/advance.ts'

const RULES: RollOutRules = { canary: 1, ringSize: '50%', maxFailures: 0, needsHealth: false, settleSeconds: 60 }
const FROM = { imageName: 'debian', version: 1 }
const IDLE: NodeSight = { isGone: false, failedWays: 0 }

const begun = (count: number): KeptRollOut => ({
  phase: 'running',
  ring: 0,
  forgiven: 0,
  nodes: Array.from({ length: count }, (_, index) => ({ nodeId: `n${index + 1}`, at: 'waiting', from: FROM })),
})
const one = (node: Partial<KeptNode>, more: Partial<KeptRollOut> = {}): KeptRollOut => ({
  ...begun(0),
  ring: 1,
  nodes: [{ nodeId: 'n1', at: 'settling', from: FROM, sinceMs: 1000, ...node }],
  ...more,
})

describe('a node of a roll-out', () => {
  it.each<{ says: string; node: Partial<KeptNode>; sight: NodeSight; rules?: Partial<RollOutRules>; now?: number; want: object }>(
    [
      {
        says: 'settles when its deploy is done',
        node: { at: 'moving', jobId: 'j' },
        sight: { ...IDLE, job: { state: 'succeeded' } },
        want: { at: 'settling', sinceMs: 2000 },
      },
      {
        says: 'goes back when its deploy failed',
        node: { at: 'moving', jobId: 'j' },
        sight: { ...IDLE, job: { state: 'ended-badly', reason: 'X' } },
        want: { at: 'returning', reason: 'its deploy failed: X' },
      },
      {
        says: 'is stranded when there is nothing to go back to',
        node: { at: 'moving', jobId: 'j', from: undefined as never },
        sight: { ...IDLE, job: { state: 'ended-badly' } },
        want: { at: 'stranded' },
      },
      { says: 'is watched for a while', node: {}, sight: IDLE, want: { at: 'settling' } },
      { says: 'is good after that', node: {}, sight: IDLE, now: 61_000, want: { at: 'good' } },
      {
        says: 'goes back when its system says that it is not well',
        node: {},
        sight: { ...IDLE, health: { isGood: false, atMs: 1500, reason: 'nginx does not answer' } },
        want: { at: 'returning', reason: 'nginx does not answer' },
      },
      {
        says: 'is not judged by what it said before its deploy',
        node: {},
        sight: { ...IDLE, health: { isGood: false, atMs: 900, reason: 'old' } },
        want: { at: 'settling' },
      },
      {
        says: 'is good at once when its system says so and that is asked for',
        node: {},
        rules: { needsHealth: true },
        sight: { ...IDLE, health: { isGood: true, atMs: 1500, reason: '' } },
        want: { at: 'good' },
      },
      {
        says: 'goes back when its system never says so',
        node: {},
        rules: { needsHealth: true },
        sight: IDLE,
        now: 61_000,
        want: { at: 'returning', reason: 'its system did not say within 60 s that it is well' },
      },
      {
        says: 'goes back when it came straight from its disk',
        node: {},
        sight: { ...IDLE, failedWays: 1 },
        want: { at: 'returning', reason: 'it came straight back from its disk' },
      },
      {
        says: 'is back when that deploy is done',
        node: { at: 'returning', jobId: 'j', reason: 'r' },
        sight: { ...IDLE, job: { state: 'succeeded' } },
        want: { at: 'returned' },
      },
      {
        says: 'is stranded when it is not',
        node: { at: 'returning', jobId: 'j', reason: 'r' },
        sight: { ...IDLE, job: { state: 'ended-badly' } },
        want: { at: 'stranded' },
      },
    ],
  )('$says', ({ node, sight, rules, now = 2000, want }) => {
    const { rollOut } = advance(one(node), { ...RULES, ...rules }, () => sight, now)
    expect(rollOut.nodes[0]).toMatchObject(want)
  })
})

describe('a roll-out', () => {
  it('begins with the canary and asks for the job until it is known', () => {
    const first = advance(begun(4), RULES, () => IDLE, 0)
    expect(first.posts).toEqual([{ nodeId: 'n1', way: 'forward' }])
    expect(advance(first.rollOut, RULES, () => IDLE, 0).posts).toEqual(first.posts)
  })

  it.each([
    { ringSize: '50%', total: 5, size: 3 },
    { ringSize: '1%', total: 5, size: 1 },
    { ringSize: '100%', total: 5, size: 5 },
    { ringSize: '7', total: 5, size: 7 },
  ])('a ring of $ringSize of $total is $size', ({ ringSize, total, size }) => {
    expect(sizeOfRing(2, { canary: 1, ringSize }, total)).toBe(size)
  })

  it('that is aborted puts back whoever moved, and then is over', () => {
    const nodes: KeptNode[] = [
      { nodeId: 'n1', at: 'good', from: FROM },
      { nodeId: 'n2', at: 'waiting', from: FROM },
    ]
    const aborted = advance(one({}, { phase: 'aborting', nodes }), RULES, () => IDLE, 0)
    expect(aborted.posts).toEqual([{ nodeId: 'n1', way: 'back' }])
    const known = {
      ...aborted.rollOut,
      nodes: aborted.rollOut.nodes.map((node) => (node.at === 'returning' ? { ...node, jobId: 'j' } : node)),
    }
    const over = advance(known, RULES, () => ({ ...IDLE, job: { state: 'succeeded' } }), 0)
    expect([over.rollOut.phase, over.rollOut.nodes.map(({ at }) => at)]).toEqual(['aborted', ['returned', 'waiting']])
  })
})

/** Each node's fate, and when somebody pauses, resumes or aborts; the roll-out is kept and read again between any two steps. */
const fate = fc.record({ deploys: fc.boolean(), isWell: fc.boolean(), returns: fc.boolean() })
const course = fc.record({
  fates: fc.array(fate, { minLength: 1, maxLength: 12 }),
  canary: fc.integer({ min: 1, max: 3 }),
  ringSize: fc.constantFrom('1', '2', '25%', '100%'),
  maxFailures: fc.integer({ min: 0, max: 3 }),
  acts: fc.array(fc.constantFrom('pause', 'resume', 'abort', 'none', 'none', 'none', 'crash'), { maxLength: 40 }),
})

it('whatever happens, no ring is too large, nobody begins after too many failures, and each node ends somewhere', () => {
  fc.assert(
    fc.property(course, ({ fates, acts, ...rest }) => {
      const rules: RollOutRules = { ...RULES, ...rest }
      let rollOut = begun(fates.length)
      const posted = new Map<string, { way: string; jobId: string }[]>()
      let now = 0
      for (let turn = 0; turn < 200 && !isOver(rollOut.phase); turn++) {
        now += 30_000
        const act = acts[turn]
        const before = rollOut
        if (act === 'pause' && rollOut.phase === 'running') rollOut = { ...rollOut, phase: 'paused' }
        if (act === 'abort') rollOut = { ...rollOut, phase: 'aborting' }
        if (act === 'resume' || turn > 60) {
          if (rollOut.phase === 'paused' || rollOut.phase === 'stopped')
            rollOut = { ...rollOut, phase: 'running', forgiven: failuresOf(rollOut) }
        }
        const sight = (nodeId: string): NodeSight => {
          const { deploys, isWell, returns } = fates[Number(nodeId.slice(1)) - 1]!
          const way = posted.get(nodeId)?.at(-1)?.way
          const succeeds = way === 'forward' ? deploys : returns
          return {
            ...IDLE,
            ...(way === undefined ? {} : { job: { state: succeeds ? 'succeeded' : 'ended-badly' } }),
            ...(isWell ? {} : { health: { isGood: false, atMs: now, reason: 'ill' } }),
          }
        }
        const advanced = advance(rollOut, rules, sight, now)
        // The process died before anything was kept: it is computed again.
        if (act === 'crash') continue
        rollOut = advanced.rollOut
        const forward = rollOut.nodes.filter(({ at }) => at === 'moving' || at === 'settling')
        expect(forward.length).toBeLessThanOrEqual(sizeOfRing(rollOut.ring, rules, fates.length))
        const begins = rollOut.nodes.filter(({ at }, index) => at === 'moving' && before.nodes[index]!.at === 'waiting')
        if (begins.length > 0) expect(failuresOf(rollOut) - rollOut.forgiven).toBeLessThanOrEqual(rules.maxFailures)
        for (const { nodeId, way } of advanced.posts) {
          const jobs = posted.get(nodeId) ?? []
          expect(jobs.some((job) => job.way === way)).toBe(false)
          const jobId = `${nodeId}-${way}`
          posted.set(nodeId, [...jobs, { way, jobId }])
          rollOut = { ...rollOut, nodes: rollOut.nodes.map((node) => (node.nodeId === nodeId ? { ...node, jobId } : node)) }
        }
      }
      expect(isOver(rollOut.phase)).toBe(true)
      for (const { nodeId, at } of rollOut.nodes) {
        const { deploys, isWell, returns } = fates[Number(nodeId.slice(1)) - 1]!
        const isBad = at === 'returned' || at === 'stranded'
        if (rollOut.phase === 'done') expect(at).toBe(deploys && isWell ? 'good' : returns ? 'returned' : 'stranded')
        else expect(isBad || at === 'waiting').toBe(true)
      }
    }),
    { numRuns: 300 },
  )
})
