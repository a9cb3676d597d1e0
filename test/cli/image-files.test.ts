// platen image files: a folder as a list, a file as its bytes, and a file brought back whole or not at all.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../../src/contract/errors.ts'
import { CommandLine } from '../fakes/command-line.ts'

let cli: CommandLine
let directory: string
beforeEach(() => {
  cli = new CommandLine()
  directory = mkdtempSync(join(tmpdir(), 'platen-files-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe('image files', () => {
  it('lists a folder, and a name does not speak to the terminal', async () => {
    expect(await cli.run('image files tiny-linux@1 /etc --partition 3')).toBe(0)
    expect(cli.api.asked).toEqual([['tiny-linux@1', { path: '/etc', disk: undefined, partition: 3 }]])
    expect(cli.out.text).toContain('/etc on partition 3 (ext) of tiny-linux version 1')
    expect(cli.out.text).toContain('-rw-r--r--  61  2026-01-02 03:04:05  fstab')
    expect(cli.out.text).toContain('evil?[2J -> ../../../etc/passwd')
    expect(cli.out.text).not.toContain('\u001b')
  })

  it('shows a file as it is', async () => {
    expect(await cli.run('image files tiny-linux /etc/fstab --cat')).toBe(0)
    expect(cli.out.printed).toEqual(['content\n'])
  })

  it('brings a file back, and never over one that is there', async () => {
    const to = join(directory, 'fstab')
    expect(await cli.run(`image files tiny-linux /etc/fstab --restore ${to}`)).toBe(0)
    expect(readFileSync(to, 'utf8')).toBe('content\n')
    writeFileSync(to, 'mine')
    expect(await cli.run(`image files tiny-linux /etc/fstab --restore ${to}`)).toBe(ERROR_CODES.CLI_USAGE.exit)
    expect(readFileSync(to, 'utf8')).toBe('mine')
  })

  it('leaves no half of a file behind', async () => {
    const to = join(directory, 'half')
    cli.api.fileNow = { text: 'half', error: new Error('cut off') }
    await expect(cli.run(`image files tiny-linux /etc/fstab --restore ${to}`)).rejects.toThrow(/cut off/)
    expect(existsSync(to)).toBe(false)
  })

  it.each(['image files tiny-linux --cat', 'image files tiny-linux /a --cat --restore b'])('%s is a mistake', async (line) => {
    expect(await cli.run(line)).toBe(ERROR_CODES.CLI_USAGE.exit)
  })
})
