import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { whereIs } from '../../src/cli/where-is.ts'
import { ERROR_CODES } from '../../src/contract/errors.ts'
import { CommandLine } from '../fakes/command-line.ts'

let home: string
let cli: CommandLine
const run = (line: string) => cli.run(line, { environment: { XDG_CONFIG_HOME: home } })
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'platen-contexts-'))
  cli = new CommandLine()
})
afterEach(() => rmSync(home, { recursive: true }))

describe('contexts', () => {
  it('are kept, listed, used and forgotten', async () => {
    expect(await run('context list')).toBe(0)
    expect(await run('context set lab --url http://10.77.0.1:8080')).toBe(0)
    expect(await run('context set site --url https://platen.example --token-file /tmp/token')).toBe(0)
    expect(statSync(join(home, 'platen', 'contexts.yaml')).mode & 0o777).toBe(0o600)
    expect(await run('context use site')).toBe(0)
    cli.out.printed.length = 0
    expect(await run('context list')).toBe(0)
    expect(cli.out.text).toBe(
      'CONTEXT  IN USE  URL                     TOKEN\nlab              http://10.77.0.1:8080   your login\nsite     *       https://platen.example  /tmp/token',
    )
    expect(await run('context remove site')).toBe(0)
    expect(await run('context use site')).toBe(ERROR_CODES.CLI_CONTEXT_UNKNOWN.exit)
    expect(cli.out.errorText).toContain('There are: lab.')
  })

  it.each([
    'context set ../x --url http://h',
    'context set a',
    'context set a --url ftp://h',
    'context set __proto__ --url http://h',
  ])('%s is refused', async (line) => {
    expect(await run(line)).toBe(64)
  })

  it('a file that is something else is not written over', async () => {
    await run('context set lab --url http://10.77.0.1:8080')
    writeFileSync(join(home, 'platen', 'contexts.yaml'), 'contexts: [1, 2]\n')
    expect(await run('context set lab --url http://10.77.0.1:8080')).toBe(ERROR_CODES.CLI_CONTEXTS_INVALID.exit)
  })
})

describe('which appliance is asked', () => {
  const LOCAL = { url: 'http://127.0.0.1:8080', tokenFile: '/var/token' }
  beforeEach(async () => {
    await run('context set lab --url http://lab')
    await run('context set site --url http://site --token-file /site-token')
  })
  it.each([
    { name: 'the context in use', target: {}, url: 'http://lab', token: 'login-lab' },
    { name: '--context', target: { context: 'site' }, url: 'http://site', token: '/site-token' },
    { name: '--url', target: { url: 'http://x', context: 'site' }, url: 'http://x', token: '/var/token' },
    {
      name: 'PLATEN_URL before the one in use',
      env: { PLATEN_URL: 'http://y' },
      target: {},
      url: 'http://y',
      token: '/var/token',
    },
    { name: '--context before PLATEN_URL', env: { PLATEN_URL: 'http://y' }, target: { context: 'site' }, url: 'http://site' },
    { name: 'PLATEN_CONTEXT', env: { PLATEN_CONTEXT: 'site' }, target: {}, url: 'http://site', token: '/site-token' },
    {
      name: 'no token of the environment for a context',
      env: { PLATEN_TOKEN_FILE: '/t' },
      target: {},
      url: 'http://lab',
      token: 'login-lab',
    },
    { name: '--token-file', target: { context: 'site', tokenFile: '/mine' }, url: 'http://site', token: '/mine' },
  ])('$name', ({ target, env = {}, url, token = '' }) => {
    const asked = { url: undefined, tokenFile: undefined, context: undefined, ...target }
    const found = whereIs(asked, { XDG_CONFIG_HOME: home, ...env }, () => LOCAL)
    expect(found.url).toBe(url)
    expect(found.tokenFile).toContain(token)
  })
})
