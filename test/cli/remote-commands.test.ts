import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { CommandLine } from '../fakes/command-line.ts'

let cli: CommandLine
beforeEach(() => {
  cli = new CommandLine()
})

describe('node restart', () => {
  it('sends what was said, and tells where it went', async () => {
    await cli.run('node restart n-1 --address 10.0.4.17 --user admin --port 2222 --accept-new-key')
    expect(cli.api.asked).toEqual([['n-1', { address: '10.0.4.17', user: 'admin', port: 2222, acceptNewKey: true }]])
    expect(cli.out.printed).toEqual(['n-1 restarts (10.0.4.17, host key SHA256:abc, kept from now on)'])
  })
})

describe('ssh-key show', () => {
  it('prints a line for authorized_keys', async () => {
    await cli.run('ssh-key show')
    expect(cli.out.printed).toEqual(['ssh-ed25519 AAAA platen'])
  })
})

describe('job files', () => {
  it('lists them', async () => {
    await cli.run('job files j-1')
    expect(cli.out.printed.join('\n')).toMatch(/FILE\s+SIZE\nsetup.log\s+6 B/)
  })

  it('brings them into a folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'platen-files-'))
    await cli.run(`job files j-1 --output ${join(folder, 'new')}`)
    expect(readFileSync(join(folder, 'new', 'setup.log'), 'utf8')).toBe('lines\n')
    rmSync(folder, { recursive: true })
  })
})
