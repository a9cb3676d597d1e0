import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { createOutput } from '../../src/cli/output.ts'
import { table } from '../../src/cli/table.ts'
import { CommandLine } from '../fakes/command-line.ts'
import { AT, JOB, NODE } from '../fakes/operator-views.ts'

let cli: CommandLine
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(AT) + 90_000 })
  cli = new CommandLine()
  cli.api.nodesNow = [NODE, { ...NODE, id: 'n-2', name: 'rack1-08', state: 'held', location: 'room 2', notes: 'a: "b"\n# c' }]
})
afterEach(() => {
  vi.useRealTimers()
})

describe('golden output', () => {
  it.each([
    'node list',
    'node list --output wide',
    'node list --output json',
    'node list --output yaml',
    'node list --output name',
    'node list --output jsonpath=[*].inventory.disks[*].serial',
    'job list',
    'job list --output yaml',
    'image list',
    'image show tiny-linux',
    'image show tiny-linux 2 --output yaml',
    'class list',
    'profile list',
    'roll-out list',
    'rule list',
    'hook list',
    'schedule list',
    'package list',
  ])('%s', async (line) => {
    expect(await cli.run(line)).toBe(0)
    const file = line.replaceAll(/[^a-z0-9-]+/g, '_').replace(/_$/, '')
    await expect(`${cli.out.text}\n`).toMatchFileSnapshot(`golden/${file}.txt`)
  })
})

describe('the forms of an answer', () => {
  it('YAML says what JSON says', async () => {
    await cli.run('node list --output yaml')
    expect(parse(cli.out.text)).toEqual(cli.api.nodesNow)
  })

  it.each([
    { line: 'node list --output name', prints: 'rack1-07\nrack1-08' },
    { line: 'node show n-1 --output name', prints: 'rack1-07' },
    { line: 'node set n-1 --none --output name', prints: 'n-1' },
    { line: 'job list --output name', prints: JOB.id },
    { line: 'job add build --profile tiny-linux --output name', prints: JOB.id },
    { line: 'image show tiny-linux 2 --output name', prints: 'tiny-linux@2' },
    { line: 'package list --output name', prints: 'agent' },
    { line: 'node list --output jsonpath=$[?@.state=="held"].name', prints: 'rack1-08' },
    { line: 'node list --output jsonpath=[0].localBoot.order', prints: '["exit","sanboot"]' },
    { line: 'node list --output jsonpath=[*].nothing', prints: '' },
    { line: 'node list --json --output json', prints: /^\[\n {2}\{\n/ },
  ])('$line', async ({ line, prints }) => {
    expect(await cli.run(line)).toBe(0)
    expect(cli.out.text).toEqual(typeof prints === 'string' ? prints : expect.stringMatching(prints))
  })

  it.each([
    { line: 'node list --output xml', says: 'table, wide, json, yaml, name or jsonpath=PATH, not "xml"' },
    { line: 'node list --output jsonpath=[', says: 'is no JSONPath' },
    { line: 'node list --output jsonpath=', says: 'not "jsonpath="' },
    { line: 'node list --json --output yaml', says: 'exclude each other' },
    { line: 'doctor --output name', says: 'has no names' },
  ])('$line is refused', async ({ line, says }) => {
    expect(await cli.run(line)).toBe(64)
    expect(cli.out.errorText).toContain(says)
  })

  it('a path is walked, not run', async () => {
    expect(await cli.run('node list --output jsonpath=$[?(@.constructor.constructor("return(1)")())]')).toBe(64)
  })
})

describe('tables on a terminal', () => {
  const ROWS = [
    ['NAME', 'STATE', 'WHAT'],
    ['a-long-name-of-a-node', 'failed', 'x'.repeat(60)],
  ]
  const terminal = (columns: number, hasColors: boolean) => {
    let text = ''
    const stream = { isTTY: true, columns, hasColors: () => hasColors, write: (more: string | Uint8Array) => (text += more) }
    return { out: createOutput(stream, stream), text: () => text }
  }

  it.each([50, 60, 80, 100])('fit %i columns, and the first stays whole', (columns) => {
    const { out, text } = terminal(columns, false)
    out.table(ROWS)
    for (const line of text().split('\n')) expect(line.length).toBeLessThanOrEqual(columns)
    expect(text()).toContain('a-long-name-of-a-node  failed')
    expect(text().includes('…')).toBe(columns < 100)
  })

  it('are whole when wide, and where there is no terminal', () => {
    const { out, text } = terminal(40, false)
    out.table(ROWS, { wide: true })
    expect(text()).toContain('x'.repeat(60))
    let piped = ''
    createOutput({ write: (more) => (piped += more) }, { write: () => {} }).table(ROWS)
    expect(piped).toBe(`${table(ROWS)}\n`)
  })

  it('have colours where the terminal says that it can, and stand as they stand without', () => {
    const plain = terminal(60, false)
    const coloured = terminal(60, true)
    plain.out.table(ROWS)
    coloured.out.table(ROWS)
    expect(plain.text()).not.toContain('\u001b')
    expect(coloured.text()).toContain('\u001b[31mfailed\u001b[39m')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what styles a terminal begins with one
    expect(coloured.text().replaceAll(/\u001b\[\d+m/g, '')).toBe(plain.text())
  })
})
