// What commands tell of the chunk store: versions that are whole, chunks that are lost, and who brings them back.
import { beforeEach, describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../../src/contract/errors.ts'
import { CommandLine } from '../fakes/command-line.ts'
import { AT, NODE } from '../fakes/operator-views.ts'

let cli: CommandLine
beforeEach(() => {
  cli = new CommandLine()
})

it.each([
  { line: '--include-broken', says: { includeUnknown: false, includeBroken: true } },
  { line: '--include-unknown', says: { includeUnknown: true, includeBroken: false } },
])('image import $line takes what it names, and nothing more', async ({ line, says }) => {
  expect(await cli.run(`image import package.json --name tiny-linux ${line}`)).toBe(0)
  expect(cli.api.asked).toContainEqual(['import', expect.objectContaining(says)])
})

describe('image verify', () => {
  it('reads every version, or the one that was named', async () => {
    expect(await cli.run('image verify')).toBe(0)
    expect(cli.out.printed).toEqual([
      expect.stringMatching(/^tiny-linux version 1: whole \(50 chunks\), made here \(key [\w-]+\)$/),
      expect.stringMatching(/^tiny-linux version 2: whole \(50 chunks\), made here \(key [\w-]+\)$/),
    ])
    expect(await cli.run('image verify tiny-linux 2')).toBe(0)
    expect(cli.out.printed).toHaveLength(3)
    expect(cli.out.updates.map(({ percent }) => percent)).toEqual([0, 25, 50, 75, 0, 50])
  })

  it.each([
    { what: 'broke off', last: { startedAt: AT, endedAt: AT, failure: 'EIO' }, says: 'EIO' },
    { what: 'is not known any more', last: undefined, says: 'knows nothing of it' },
    { what: 'was another one', last: { startedAt: '2025-01-01T00:00:00.000Z', endedAt: AT }, says: 'knows nothing' },
  ])('does not take a version for whole when its check $what', async ({ last, says }) => {
    cli.api.verifyEnd = () => last
    expect(await cli.run('image verify tiny-linux 2')).toBe(ERROR_CODES.IMAGE_CHECK_UNFINISHED.exit)
    expect(cli.out.errorText).toContain(says)
    expect(cli.out.text).not.toContain('whole')
  })

  it('names what is damaged, goes on with the rest, and does not end well', async () => {
    cli.api.damaged.set(1, [{ digest: 'd'.repeat(64), reason: 'its file has only 3 bytes' }])
    expect(await cli.run('image verify tiny-linux')).toBe(ERROR_CODES.IMAGE_CHUNK_CORRUPT.exit)
    expect(cli.out.text).toContain('tiny-linux version 1: 1 of 50 chunks damaged')
    expect(cli.out.text).toContain('its file has only 3 bytes')
    expect(cli.out.text).toContain('tiny-linux version 2: whole')
  })
})

describe('lost chunks', () => {
  beforeEach(() => {
    const hurt = [{ imageName: 'tiny-linux', version: 2, chunks: 3, heldBy: ['rack1-07', 'rack1-08'] }]
    const result = { checkedChunks: 50, damaged: [{ digest: 'd'.repeat(64), reason: 'chunk dd is damaged' }], hurt }
    cli.api.scrubNow = { isRunning: false, last: { startedAt: NODE.firstSeenAt, endedAt: NODE.firstSeenAt, result } }
  })

  it('are told by the last scrub, with the nodes that hold them, and are a failure', async () => {
    expect(await cli.run('image scrub --last')).toBe(ERROR_CODES.IMAGE_CHUNK_CORRUPT.exit)
    expect(cli.out.text).toContain('tiny-linux version 2 lacks 3 chunks; held by rack1-07, rack1-08')
    expect(cli.out.errorText).toContain('platen image heal')
  })

  it.each([
    { line: 'image heal', nodes: ['rack1-07', 'rack1-08'] },
    { line: 'image heal tiny-linux 2 --node rack2-01', nodes: ['rack2-01'] },
    { line: 'image heal tiny-linux 1', nodes: [] },
  ])('$line asks $nodes for them', async ({ line, nodes }) => {
    expect(await cli.run(line)).toBe(0)
    expect(cli.api.added).toEqual(nodes.map((node) => ({ kind: 'heal', node, image: 'tiny-linux', version: 2 })))
  })
})
