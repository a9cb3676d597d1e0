// Commands that work on this machine rather than ask an appliance.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../../src/contract/errors.ts'
import { CommandLine } from '../fakes/command-line.ts'

let dir: string
let cli: CommandLine
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'platen-local-'))
  cli = new CommandLine()
})
afterEach(() => rmSync(dir, { recursive: true }))

describe('serve --check', () => {
  it('prints what follows from the settings, and touches nothing', async () => {
    const dataDir = join(dir, 'data')
    expect(await cli.run(`serve --check --interface lo --dhcp-mode proxy --data-dir ${dataDir}`)).toBe(0)
    expect(cli.out.text).toContain('http://127.0.0.1:8080 on lo')
    expect(existsSync(dataDir)).toBe(false)
  })

  it('lists all problems and ends with the code of a wrong configuration', async () => {
    expect(await cli.run('serve --check --http-port x --tftp-port 0')).toBe(78)
    expect(cli.out.errorText).toContain('3 problems')
    for (const key of ['interface', 'http.port', 'tftp.port']) expect(cli.out.errorText).toContain(`\n  ${key} `)
  })
})

describe('profile prepare', () => {
  const count = () => readFileSync(join(dir, 'runs'), 'utf8').length
  const prepare = (flag = '') => cli.run(`profile prepare ${join(dir, 'p')} ${flag}`.trim())

  /** The script counts its runs outside of the profile. */
  function writeProfile(script: string): void {
    mkdirSync(join(dir, 'p'), { recursive: true })
    writeFileSync(
      join(dir, 'p', 'profile.yaml'),
      [
        'name: p',
        'architecture: x64',
        'components: [{ name: root, file: parts/root.tar, make: make.sh }]',
        'format: { partitions: [{ name: root, type: linux }] }',
        'capture: { image: p }',
      ].join('\n'),
    )
    writeFileSync(join(dir, 'p', 'make.sh'), `printf x >> ../runs\n${script}\n`)
  }

  it('makes what is missing, and leaves alone what is current', async () => {
    writeProfile('mkdir -p parts; echo building; cat input > parts/root.tar')
    writeFileSync(join(dir, 'p', 'input'), 'one')
    expect(await prepare()).toBe(0)
    expect(cli.out.text).toContain('root: made')
    expect(cli.out.updates.map(({ text }) => text)).toContain('root: building')
    expect(await prepare()).toBe(0)
    expect(cli.out.text).toContain('root: is current')
    expect(count()).toBe(1)
  })

  it.each([
    { name: 'an input changed', change: () => writeFileSync(join(dir, 'p', 'input'), 'two'), flag: undefined },
    { name: 'the result is gone', change: () => rmSync(join(dir, 'p', 'parts', 'root.tar')), flag: undefined },
    { name: 'it is asked to', change: () => {}, flag: '--force' },
  ])('makes it again when $name', async ({ change, flag }) => {
    writeProfile('mkdir -p parts; cat input > parts/root.tar')
    writeFileSync(join(dir, 'p', 'input'), 'one')
    await prepare()
    change()
    expect(await prepare(flag)).toBe(0)
    expect(count()).toBe(2)
  })

  it.each([
    {
      name: 'a script that fails',
      script: 'echo cannot reach the mirror; exit 3',
      says: 'exit status 3:\ncannot reach the mirror',
    },
    { name: 'a script that leaves no file', script: 'true', says: 'left no parts/root.tar' },
  ])('names $name', async ({ script, says }) => {
    writeProfile(script)
    expect(await prepare()).toBe(ERROR_CODES.CLI_MAKE_FAILED.exit)
    expect(cli.out.errorText).toContain(says)
  })

  it('tells a profile that is not there from one that is wrong', async () => {
    expect(await prepare()).toBe(ERROR_CODES.PROFILE_NOT_FOUND.exit)
    writeProfile('true')
    writeFileSync(join(dir, 'p', 'profile.yaml'), 'name: p\n')
    expect(await prepare()).toBe(ERROR_CODES.PROFILE_INVALID.exit)
  })
})

describe('files that a command reads', () => {
  it.each([
    { name: 'a hook', text: 'kind: script\nevents: [job.failed]\nscript: move-vlan\n', exit: 0, says: 'job.failed' },
    { name: 'a hook with a mistake', text: 'kind: script\nevents: [job.fialed]\nscript: x\n', exit: 64, says: 'hook.yaml: ' },
    { name: 'no YAML', text: 'kind: [', exit: 64, says: 'cannot be read' },
  ])('$name', async ({ text, exit, says }) => {
    const file = join(dir, 'hook.yaml')
    writeFileSync(file, text)
    expect(await cli.run(`hook set vlan ${file}`)).toBe(exit)
    expect(cli.out.text + cli.out.errorText).toContain(says)
  })
})

describe('profile check of a folder', () => {
  const PROFILE = 'name: p\narchitecture: x64\nformat: { partitions: [{ name: root, type: linux }] }\ncapture: { image: p }\n'
  const check = (flag = '') => cli.run(`profile check ${join(dir, 'p')} ${flag}`.trim())

  it.each([
    { name: 'a good one', text: PROFILE, says: 'p: good', exit: 0 },
    { name: 'a mistyped key', text: PROFILE.replace('capture', 'captrue'), says: 'p: profile.yaml:4: ', exit: 65 },
    { name: 'a script that is not there', text: `${PROFILE}setup: { actions: [{ script: no.sh }] }\n`, says: 'no.sh', exit: 65 },
    { name: "a name that is not the folder's", text: PROFILE.replace('name: p', 'name: q'), says: 'profile.yaml:1: ', exit: 65 },
  ])('$name', async ({ text, says, exit }) => {
    mkdirSync(join(dir, 'p'))
    writeFileSync(join(dir, 'p', 'profile.yaml'), text)
    expect(await check()).toBe(exit)
    expect(cli.out.text).toContain(says)
  })

  it('says so when there is no profile', async () => {
    expect(await check('--json')).toBe(65)
    expect(JSON.parse(cli.out.text)).toMatchObject([{ name: 'p', problems: [{ file: 'profile.yaml' }] }])
  })
})
