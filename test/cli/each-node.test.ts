import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../src/contract/errors.ts'
import { CommandLine } from '../fakes/command-line.ts'
import { NODE } from '../fakes/operator-views.ts'

let cli: CommandLine
let held: string[]
beforeEach(() => {
  cli = new CommandLine()
  held = []
  cli.api.holdNode = async (name) => {
    held.push(name)
    if (name === 'n3') throw new AppError('NODE_NOT_FOUND', 'no node "n3"', 'List them.')
    if (name === 'n4') throw new AppError('CLI_APPLIANCE_UNREACHABLE', 'no answer', 'Start it.')
    return { ...NODE, name, state: 'held' }
  }
})

describe('an act on several nodes', () => {
  it('happens to each, when their number was said', async () => {
    expect(await cli.run('node hold n[01-02],x --yes 3')).toBe(0)
    expect(cli.out.text).toBe('n01 is held\nn02 is held\nx is held')
    expect(cli.out.errorText).toBe('3 of 3 done')
  })

  it.each([
    { typed: undefined, line: 'node hold n[1-2]', says: 'nobody confirmed it' },
    { typed: undefined, line: 'node hold n[1-2] --yes 3', says: '"3" was said' },
    { typed: 'yes', line: 'node hold n[1-2]', says: '"yes" was said' },
  ])('happens to none without: $line, typed $typed', async ({ typed, line, says }) => {
    expect(await cli.run(line, { ask: async () => typed })).toBe(64)
    expect(cli.out.errorText).toContain(`CLI_NOT_CONFIRMED: hold: 2 nodes (n1, n2), and ${says}; nothing was done`)
    expect(held).toEqual([])
  })

  it('happens when a person types their number', async () => {
    const asked: string[] = []
    const ask = async (prompt: string) => {
      asked.push(prompt)
      return ' 9 '
    }
    expect(await cli.run('node hold a[1-9]', { ask })).toBe(0)
    expect(asked).toEqual(['hold 9 nodes (a1, a2, a3, a4, a5 … a9). Type how many: '])
  })

  it('costs the node that fails, and ends with the status of the worst', async () => {
    expect(await cli.run('node hold n[1-9] --yes 9')).toBe(69)
    expect(cli.out.printed).toHaveLength(7)
    expect(cli.out.errorText).toContain('n3: NODE_NOT_FOUND: no node "n3"')
    expect(cli.out.errorText).toContain('CLI_APPLIANCE_UNREACHABLE: 7 of 9 done, 2 failed: n3, n4')
  })

  it('prints one list as JSON', async () => {
    expect(await cli.run('node hold n[1-2] --yes 2 --output name')).toBe(0)
    expect(cli.out.text).toBe('n1\nn2')
  })

  it('needs no number for one name, and none to look', async () => {
    expect(await cli.run('node hold n1')).toBe(0)
    expect(await cli.run('node hold n[5-7] --dry-run')).toBe(0)
    expect(held).toEqual(['n1'])
    expect(cli.out.text).toBe('n1 is held\nn5\nn6\nn7')
  })
})

describe('who is in a set', () => {
  it.each([
    { line: 'node hold class=lab --dry-run', nodes: 'rack1-07' },
    { line: 'node hold tag:canary --dry-run', nodes: 'c-1' },
    { line: 'node hold class=lab,rack1-07,tag:canary --dry-run', nodes: 'rack1-07\nc-1' },
  ])('$line', async ({ line, nodes }) => {
    cli.api.nodesNow = [NODE, { ...NODE, name: 'c-1', tags: ['canary'] }]
    expect(await cli.run(line)).toBe(0)
    expect(cli.out.text).toBe(nodes)
  })

  it('a file has a set on each line', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'platen-nodes-'))
    try {
      writeFileSync(join(folder, 'names'), '# the second row\nn[1-2]\n\nn7  # repaired\n')
      writeFileSync(join(folder, 'loop'), `@${folder}/loop\n`)
      expect(await cli.run(`node hold @${folder}/names --dry-run`)).toBe(0)
      expect(cli.out.text).toBe('n1\nn2\nn7')
      expect(await cli.run(`node hold @${folder}/loop --dry-run`)).toBe(64)
      expect(await cli.run(`node hold @${folder}/missing --dry-run`)).toBe(64)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('nobody: that is said', async () => {
    expect(await cli.run('node hold tag:nobody --yes 0')).toBe(66)
    expect(cli.out.errorText).toContain('CLI_NO_NODES')
  })
})

describe('every command that takes a set', () => {
  it.each([
    'node approve',
    'node hold',
    'node release',
    'node reclaim',
    'node restart',
    'node prove',
    'node retire',
    'node roll-back',
    'node set --none',
    'job add deploy --image tiny-linux --node',
  ])('%s a-set asks for the number', async (command) => {
    expect(await cli.run(`${command} a[1-3]`)).toBe(64)
    expect(cli.out.errorText).toContain('CLI_NOT_CONFIRMED')
    expect(cli.api.added).toEqual([])
  })

  it('job add adds one job a node', async () => {
    expect(await cli.run('job add deploy --image tiny-linux --node a[1-3] --yes 3')).toBe(0)
    expect(cli.api.added.map(({ node }) => node)).toEqual(['a1', 'a2', 'a3'])
  })

  it.each([
    { line: 'node approve a[1-2] --name x --yes 2', says: '--name gives one machine' },
    { line: 'node restart a[1-2] --address 10.0.0.1 --yes 2', says: '--address is where one machine is' },
    { line: 'job add deploy --image x --node a[1-2] --wait --yes 2', says: '--wait waits for one job' },
  ])('$line is refused', async ({ line, says }) => {
    expect(await cli.run(line)).toBe(64)
    expect(cli.out.errorText).toContain(says)
  })

  it('check takes sets among its words, by their count', async () => {
    expect(await cli.run('check a[1-3],b')).toBe(64)
    expect(cli.out.errorText).toContain('say so with --nodes 4')
    expect(await cli.run('check a[1-3],b --nodes 4')).toBe(0)
    expect(cli.api.added.map(({ node }) => node)).toEqual(['a1', 'a2', 'a3', 'b'])
  })

  it('the plan of a roll-back needs none', async () => {
    expect(await cli.run('node roll-back a[1-2] --dry-run')).toBe(0)
    expect(await cli.run('node try a[1-2] tiny-linux@1')).toBe(64)
  })
})
