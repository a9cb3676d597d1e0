// platen boot list, show, use, rm: what they ask the appliance, and what they print; and what boot build refuses before it builds.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../../src/contract/errors.ts'
import { CommandLine } from '../fakes/command-line.ts'

let cli: CommandLine
beforeEach(() => {
  cli = new CommandLine()
})

it.each<{ words: string; asks: unknown[]; prints: string[] }>([
  { words: 'boot list', asks: [], prints: ['3', 'x64', 'in use', 'class web wants it', '12.0 MiB'] },
  { words: 'boot show', asks: [['show', 'x64', 3]], prints: ['build 3', 'vmlinuz', 'a'.repeat(64), 'partclone', '0.3.36'] },
  { words: 'boot show 1 --architecture arm64', asks: [['show', 'arm64', 1]], prints: ['arm64', 'build 1'] },
  { words: 'boot use 2', asks: [['use', 'x64', 2]], prints: ['build 2 for x64 of the variant cards is in use'] },
  { words: 'boot rm 2', asks: [['remove', 'x64', 2]], prints: ['build 2 for x64 is removed'] },
])('$words', async ({ words, asks, prints }) => {
  expect(await cli.run(words)).toBe(0)
  expect(cli.api.bootAsks).toEqual(asks)
  for (const text of prints) expect(cli.out.text).toContain(text)
})

it.each([
  { words: 'boot show x', code: 'CLI_USAGE' },
  { words: 'boot use 0', code: 'CLI_USAGE' },
  { words: 'boot rm 1 --architecture mips', code: 'CLI_USAGE' },
  { words: 'boot show --architecture arm64', code: 'BOOT_OS_NOT_BUILT' },
] as const)('$words is refused with $code', async ({ words, code }) => {
  expect(await cli.run(words)).toBe(ERROR_CODES[code].exit)
  expect(cli.out.errorText).toContain(code)
  expect(cli.api.bootAsks).toEqual([])
})

it('says when there is none', async () => {
  cli.api.bootBuildsNow = []
  expect(await cli.run('boot list')).toBe(0)
  expect(cli.out.text).toContain('platen boot build')
})

describe('boot build --with', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'platen-boot-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  it.each([
    { name: 'no boot.yaml', yaml: undefined, says: 'boot.yaml is not there' },
    { name: 'an unknown key', yaml: 'name: cards\npackage: [x]\n', says: 'boot.yaml:2' },
    { name: 'another processor', yaml: 'name: cards\nmodules: [bonding]\narchitectures: [arm64]\n', says: 'not made for x64' },
  ])('refuses $name before anything is fetched', async ({ yaml, says }) => {
    if (yaml !== undefined) writeFileSync(join(dir, 'boot.yaml'), yaml)
    expect(await cli.run(`boot build --with ${dir} --boot-dir ${dir}/boot`)).toBe(ERROR_CODES.BOOT_ADDITIONS_INVALID.exit)
    expect(cli.out.errorText).toContain(says)
  })
})
