// Whether a node gets a job by itself: cases, and what no sequence of changes breaks.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Enforce } from '../../../src/contract/wanted.ts'
import { decideRepair, MAX_REPAIRS, mustLook, type RepairFacts, type Repairs } from '../../../src/orchestrator/wanted/decide.ts'
import type { Difference } from '../../../src/orchestrator/wanted/difference.ts'
import type { Resolution } from '../../../src/orchestrator/wanted/resolve.ts'

const resolved = (version: number): Resolution => ({
  kind: 'resolved',
  image: { imageName: 'debian', version, contentDigest: 'd', usedBytes: 1 },
  packages: [],
  kernelArguments: [],
  candidates: [],
})
const OTHER: Difference = { kind: 'image', words: 'debian version 1', bytes: 1 }
const RIGHT: Difference = { kind: 'none', words: 'it has what it should' }
const TARGET = 'debian version 2'

const facts = (more: Partial<RepairFacts> = {}): RepairFacts => ({
  state: 'approved',
  enforce: 'at-boot',
  resolution: resolved(2),
  difference: OTHER,
  isBusy: false,
  hasRun: true,
  repairs: undefined,
  ...more,
})

describe('a node gets a job by itself', () => {
  it.each<{ says: string; more: Partial<RepairFacts>; want: object }>([
    { says: 'when it differs', more: {}, want: { kind: 'post', repairs: { target: TARGET, count: 1 } } },
    { says: 'a second time', more: { repairs: { target: TARGET, count: 1 } }, want: { kind: 'post', repairs: { count: 2 } } },
    {
      says: 'never a third time: it is held',
      more: { repairs: { target: TARGET, count: 2 } },
      want: { kind: 'hold', because: `2 jobs for ${TARGET} did not make it right: it has debian version 1` },
    },
    {
      says: 'anew when something else is wanted',
      more: { repairs: { target: 'debian version 1', count: 2 } },
      want: { kind: 'post', repairs: { target: TARGET, count: 1 } },
    },
    { says: 'not when it is right', more: { difference: RIGHT }, want: { kind: 'leave' } },
    {
      says: 'not when it is right again, and what was tried is forgotten',
      more: { difference: RIGHT, repairs: { target: TARGET, count: 2 } },
      want: { kind: 'forget' },
    },
    { says: 'not while a job is under way', more: { isBusy: true }, want: { kind: 'leave', because: 'a job is under way' } },
    { says: 'not when it is held', more: { state: 'held' }, want: { kind: 'leave', because: 'it is held' } },
    { says: 'not when that is only told', more: { enforce: 'report' }, want: { kind: 'leave' } },
    { says: 'at first boot when nothing ran on it', more: { enforce: 'at-first-boot', hasRun: false }, want: { kind: 'post' } },
    {
      says: 'at first boot never again',
      more: { enforce: 'at-first-boot' },
      want: { kind: 'leave', because: 'it has had its first boot' },
    },
    {
      says: 'not when what is wanted cannot be had',
      more: { difference: { kind: 'unmet', words: 'there is no debian' } },
      want: { kind: 'leave', because: 'there is no debian' },
    },
  ])('$says', ({ more, want }) => {
    expect(decideRepair(facts(more))).toMatchObject(want)
  })
})

type Act =
  | { readonly do: 'boot' }
  | { readonly do: 'job-ends'; readonly helps: boolean }
  | { readonly do: 'want'; readonly version: number }
  | { readonly do: 'prove'; readonly version: number }
  | { readonly do: 'enforce'; readonly value: Enforce }
  | { readonly do: 'release' }

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Act>({ do: 'boot' }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('job-ends' as const), helps: fc.boolean() }) },
  fc.record({ do: fc.constant('want' as const), version: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('prove' as const), version: fc.integer({ min: 1, max: 3 }) }),
  fc.record({
    do: fc.constant('enforce' as const),
    value: fc.constantFrom<Enforce>('off', 'report', 'at-first-boot', 'at-boot'),
  }),
  fc.constant<Act>({ do: 'release' }),
)

describe('no sequence of changes', () => {
  it('posts two jobs for one node, one for a node that is right, or a third for one target in a row', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        let [wants, has, enforce, hasRun, isHeld] = [1, 0, 'at-boot' as Enforce, false, false]
        let job: number | undefined
        let repairs: Repairs | undefined
        let inARow: number[] = []
        for (const each of acts) {
          if (each.do === 'want') wants = each.version
          else if (each.do === 'prove') [has, hasRun] = [each.version, true]
          else if (each.do === 'enforce') enforce = each.value
          else if (each.do === 'release') [isHeld, repairs, inARow] = [false, undefined, []]
          else if (each.do === 'job-ends' && job !== undefined) {
            if (each.helps) [has, hasRun] = [job, true]
            job = undefined
          } else if (each.do === 'boot') {
            const difference = has === wants ? RIGHT : OTHER
            const state = isHeld ? 'held' : 'approved'
            const now = facts({
              resolution: resolved(wants),
              difference,
              enforce,
              hasRun,
              repairs,
              state,
              isBusy: job !== undefined,
            })
            const decision = decideRepair(now)
            if (decision.kind === 'post') {
              expect(job).toBeUndefined()
              expect(has).not.toBe(wants)
              expect(isHeld).toBe(false)
              inARow = inARow.at(-1) === wants ? [...inARow, wants] : [wants]
              expect(inARow.length).toBeLessThanOrEqual(MAX_REPAIRS)
              ;[repairs, job] = [decision.repairs, wants]
            }
            // Who is right, busy or held goes to its own disk.
            if (has === wants || job !== undefined || isHeld)
              expect(mustLook({ ...now, repairs, isBusy: job !== undefined })).toBe(false)
            if (decision.kind === 'forget') [repairs, inARow] = [undefined, []]
            if (decision.kind === 'hold') isHeld = true
          }
        }
      }),
      { numRuns: 500 },
    )
  })
})
