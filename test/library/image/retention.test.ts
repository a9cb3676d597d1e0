import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ImageVersionView } from '../../../src/contract/image.ts'
import { decideRetention } from '../../../src/library/image/retention.ts'
import { useOfVersion } from '../../../src/orchestrator/node/use-of-version.ts'

const DAY = 86_400_000
const NOW = Date.parse('2030-06-15T12:00:00.000Z')
const view = (version: number, ageDays: number, tags: string[] = []): ImageVersionView => ({
  imageName: 'disk',
  version,
  manifestDigest: 'a'.repeat(64),
  contentDigest: 'b'.repeat(64),
  createdAt: new Date(NOW - ageDays * DAY).toISOString(),
  tags,
  diskSizeBytes: 0,
  usedBytes: 0,
  chunkCount: 0,
  addedBytes: 0,
})
const policy = (keepLast: number, keepDays?: number) => ({
  keepLast,
  dryRun: false,
  ...(keepDays === undefined ? {} : { keepDays }),
})
const removed = (input: Parameters<typeof decideRetention>[0]) =>
  decideRetention(input)
    .filter(({ keptBecause }) => keptBecause === undefined)
    .map(({ version }) => version)

describe('decideRetention', () => {
  const versions = [view(1, 90, ['stable']), view(2, 60), view(3, 30), view(4, 5), view(5, 1)]
  const useOf = (version: number) => (version === 3 ? 'node-1 runs it' : undefined)

  it.each([
    ['the last two, and what is tagged or used', policy(2), [2]],
    ['the last four', policy(4), []],
    ['the last one', policy(1), [4, 2]],
    ['the last one and a week', policy(1, 7), [2]],
  ])('keeps %s', (_, wish, want) => {
    expect(removed({ versions, policy: wish, nowMs: NOW, useOf })).toEqual(want)
  })

  it('never removes the newest, a tagged or a used version', () => {
    const any = fc.array(fc.record({ age: fc.nat(500), tagged: fc.boolean(), used: fc.boolean() }), {
      minLength: 1,
      maxLength: 12,
    })
    fc.assert(
      fc.property(
        any,
        fc.integer({ min: 1, max: 5 }),
        fc.option(fc.nat(100), { nil: undefined }),
        (specs, keepLast, keepDays) => {
          const list = specs.map(({ age, tagged }, index) => view(index + 1, age, tagged ? ['t'] : []))
          const gone = removed({
            versions: list,
            policy: policy(keepLast, keepDays),
            nowMs: NOW,
            useOf: (version) => (specs[version - 1]!.used ? 'used' : undefined),
          })
          expect(gone).not.toContain(list.length)
          for (const version of gone) expect(specs[version - 1]).toMatchObject({ tagged: false, used: false })
        },
      ),
    )
  })
})

it('a version is used by the node that runs it and the job that brings it', () => {
  const users = {
    nodes: [{ name: 'node-1', installed: { imageName: 'disk', version: 1 } }, { name: 'node-2' }],
    classes: [],
    jobs: [
      { id: 'job-1', image: 'disk', version: 2 },
      { id: 'job-2', image: undefined, version: undefined },
    ],
  }
  expect([1, 2, 3].map((version) => useOfVersion({ imageName: 'disk', version }, users))).toEqual([
    'node-1 runs it',
    'job job-1 deploys it',
    undefined,
  ])
})
