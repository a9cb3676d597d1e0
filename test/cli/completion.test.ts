import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../src/cli/commands.ts'
import { completeLine } from '../../src/cli/complete-line.ts'
import { suggest } from '../../src/cli/completion.ts'
import { COMPLETION_SCRIPTS } from '../../src/cli/completion-scripts.ts'
import { AppError } from '../../src/contract/errors.ts'
import { CommandLine } from '../fakes/command-line.ts'
import { LoopbackAppliance } from '../fakes/loopback-appliance.ts'
import { needs, program } from '../needs.ts'

describe('the end of a half-typed line', () => {
  it.each([
    { line: 'platen nod', words: ['node'] },
    { line: 'platen node ho', words: ['hold'] },
    { line: 'platen roll-out ', words: ['list', 'show', 'pause', 'resume', 'abort'] },
    { line: 'platen image rm --', words: expect.arrayContaining(['--help', '--url', '--output']) },
    { line: 'platen node list --output y', words: ['yaml'] },
    { line: 'platen node list --url http://x --out', words: ['--output'] },
    { line: 'platen job add dep', words: ['deploy'] },
    { line: 'platen completion ', words: ['bash', 'zsh', 'fish'] },
    { line: 'platen nonsense wo', words: [] },
    { line: 'platen node list extra', words: [] },
  ])('$line', ({ line, words }) => {
    expect(suggest(COMMANDS, line)).toEqual({ kind: 'words', words })
  })

  it.each([
    { line: 'platen node show ra', of: 'nodes', begin: 'ra' },
    { line: 'platen node hold a,b,ra', of: 'nodes', prefix: 'a,b,', begin: 'ra' },
    { line: 'platen node hold a,class=w', of: 'classes', prefix: 'a,class=', begin: 'w' },
    { line: 'platen node hold --reason why ', of: 'nodes', begin: '' },
    { line: 'platen node try rack1-07 deb', of: 'images', begin: 'deb' },
    { line: 'platen check a b,ra', of: 'nodes', prefix: 'b,', begin: 'ra' },
    { line: 'platen job add deploy --node ', of: 'nodes', begin: '' },
    { line: 'platen job show 6f', of: 'jobs', begin: '6f' },
    { line: 'platen image export deb', of: 'images', begin: 'deb' },
    { line: 'platen class show ', of: 'classes', begin: '' },
    { line: 'platen profile check ', of: 'profiles', begin: '' },
  ])('$line asks for $of', ({ line, of, prefix = '', begin }) => {
    expect(suggest(COMMANDS, line)).toEqual({ kind: 'names', of, prefix, begin })
  })

  it('has the names of the appliance', async () => {
    const cli = new CommandLine()
    const complete = COMMANDS.find(({ name }) => name === 'complete')!
    const printed = async (line: string) => {
      cli.out.printed.length = 0
      await complete.run([line], cli.context())
      return cli.out.text
    }
    expect(await printed('platen node show ra')).toBe('rack1-07')
    expect(await printed('platen node hold x,class=')).toBe('x,class=lab\nx,class=web')
    expect(await printed('platen node show zz')).toBe('')
  })

  it('says nothing when the appliance does not answer', async () => {
    const cli = new CommandLine()
    cli.api.names = async () => {
      throw new AppError('CLI_APPLIANCE_UNREACHABLE', 'no answer', 'Start it.')
    }
    const complete = COMMANDS.find(({ name }) => name === 'complete')!
    await complete.run(['platen node show '], cli.context())
    expect([cli.out.text, cli.out.errorText]).toEqual(['', ''])
  })

  it('is told without the commands, by the program itself', { timeout: 60_000 }, async () => {
    await using appliance = await LoopbackAppliance.start()
    await appliance.operator('PUT', '/classes/web', { selector: { tags: ['web'] } })
    const home = mkdtempSync(join(tmpdir(), 'platen-home-'))
    try {
      writeFileSync(join(home, 'token'), appliance.token())
      const own = { HOME: home, XDG_CONFIG_HOME: home, PLATEN_URL: appliance.url, PLATEN_TOKEN_FILE: join(home, 'token') }
      const complete = (line: string, environment: Readonly<Record<string, string>>) => completeLine(line, environment, 30_000)
      expect(await complete('platen class show w', own)).toEqual(['web'])
      expect(await complete('platen node hold x,class=', own)).toEqual(['x,class=web'])
      expect(await complete('platen class show w', { ...own, PLATEN_TOKEN_FILE: join(home, 'none') })).toEqual([])
      // By a context, as a person who is not on the appliance.
      const { PLATEN_URL: url, ...away } = own
      mkdirSync(join(home, 'platen'))
      writeFileSync(
        join(home, 'platen', 'contexts.yaml'),
        `current: lab\ncontexts: { lab: { url: '${url}', tokenFile: ${join(home, 'token')} } }\n`,
      )
      expect(await complete('platen class show ', away)).toEqual(['web'])
      const program = await execa(join('bin', 'platen'), ['complete', 'platen node ho'])
      expect(program.stdout).toBe('hold')
    } finally {
      rmSync(home, { recursive: true })
    }
  })

  it('is for three shells', async () => {
    const cli = new CommandLine()
    expect(await cli.run('completion tcsh')).toBe(64)
    expect(cli.out.errorText).toContain('bash, zsh, fish')
  })
})

/** The shell asks a program that answers each line from a table, as the command does. */
describe('a real shell', () => {
  const STUB = `#!/bin/sh
case "$2" in
  "platen node ho") echo hold ;;
  "platen node hold ra") echo rack1-07 ;;
  "platen node hold class=w") echo class=web ;;
esac
`
  async function inShell(shell: string, script: string): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'platen-shell-'))
    try {
      writeFileSync(join(folder, 'platen'), STUB, { mode: 0o755 })
      writeFileSync(join(folder, 'script'), COMPLETION_SCRIPTS[shell]!)
      const env = { PATH: `${folder}:${process.env.PATH}`, HOME: folder }
      const args = shell === 'bash' ? ['--norc', '-c'] : shell === 'zsh' ? ['-f', '-c'] : ['--no-config', '-c']
      return (await execa(shell, [...args, script.replaceAll('SCRIPT', join(folder, 'script'))], { env, timeout: 20_000 })).stdout
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  it.each([
    { line: 'platen node ho', gets: 'hold' },
    { line: 'platen node hold ra', gets: 'rack1-07' },
    // Bash has "class=" already.
    { line: 'platen node hold class=w', gets: 'web' },
    { line: 'platen node hold nobody', gets: '' },
  ])('bash: $line', needs(program('bash')), async ({ line, gets }) => {
    const words = line.split(' ').map((word) => `'${word}'`)
    const script = `source SCRIPT; COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}; COMP_WORDS=(${words.join(' ')}); _platen; echo "\${COMPREPLY[*]}"`
    expect(await inShell('bash', script)).toBe(gets)
  })

  it('zsh reads the script and offers what it gets', needs(program('zsh')), async () => {
    const script = `compdef() { }; compadd() { shift; print -l -- "$@" }; _files() { print files }; source SCRIPT
words=(platen node hold ra); CURRENT=4; _platen; words=(platen node hold nobody); _platen`
    expect(await inShell('zsh', script)).toBe('rack1-07\nfiles')
  })

  it('fish completes the line', needs(program('fish')), async () => {
    expect(await inShell('fish', "source SCRIPT; complete -C 'platen node hold ra'")).toBe('rack1-07')
  })
})
