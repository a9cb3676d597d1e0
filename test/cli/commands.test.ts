import { beforeEach, describe, expect, it } from 'vitest'
import { COMMANDS } from '../../src/cli/commands.ts'
import { findCommand } from '../../src/cli/find-command.ts'
import { ERROR_CODES } from '../../src/contract/errors.ts'
import { CommandLine } from '../fakes/command-line.ts'
import { JOB, NODE, PROFILE } from '../fakes/operator-views.ts'

let cli: CommandLine
beforeEach(() => {
  cli = new CommandLine()
})

describe('what commands print', () => {
  it.each([
    {
      line: 'node explain rack1-07',
      says: ['lost: it is not tagged stable', 'is taken', 'feature web', 'nothing that was verified (50.0 MiB at most)'],
    },
    { line: 'node history rack1-07', says: ['tiny-linux 2', 'wanted', 'a person', 'now'] },
    { line: 'roll-out list', says: ['lab', 'tiny-linux 2', 'running', '0 of 1'] },
    { line: 'roll-out show r-1', says: ['1 of at most 1', 'returned', 'nginx does not answer'] },
    { line: 'class roll-back lab', says: ['1 machine moves', 'Nothing was started', '--nodes 1'] },
    { line: 'node list', says: ['NAME', 'rack1-07', 'discovered', 'x64 uefi, 1.0 GiB, 8.0 GiB'] },
    {
      line: 'node show rack1-07',
      says: [
        'SER-7',
        '52:54:00:00:00:07 up',
        'serial DISK-7',
        'Secure Boot off',
        'exit, then sanboot (exit worked; came back after sanboot)',
        'tiny-linux version 1, as class lab',
        'web (the machine itself)',
      ],
    },
    { line: 'node approve n-1', says: ['rack1-07 is approved'] },
    { line: 'node merge node-9 rack1-07', says: ['node-9 is part of rack1-07'] },
    { line: 'node split rack1-07 --mac 52:54:00:00:00:09', says: ['node-9 boots from 52:54:00:00:00:09'] },
    { line: 'class list', says: ['lab', 'tags lab; memory from 1.0 GiB'] },
    {
      line: 'class show lab',
      says: ['1 nodes', 'rack1-07', 'tiny-linux, tagged stable: version 2', 'rack1-07 is behind'],
    },
    { line: 'hook list', says: ['chat', 'webhook https://chat.example', 'job.failed', '2'] },
    { line: 'schedule list', says: ['nightly', '30 2 * * *', 'build tiny-linux', '2026-01-02T02:30', 'no room'] },
    { line: 'rule list', says: ['r-1', 'MAC 52:54:00', '3 of 40', 'rack1-{nn}'] },
    { line: 'job list', says: [JOB.id, 'queued', 'build', 'tiny-linux', 'any'] },
    { line: `job show ${JOB.id}`, says: ['attempt  ', '1 of 3', 'any that fits'] },
    { line: `job cancel ${JOB.id}`, says: [`job ${JOB.id} is cancelled`] },
    { line: 'job add build --profile tiny-linux', says: [`job ${JOB.id} is queued`] },
    { line: 'image list', says: ['tiny-linux', '21.0 MiB', '50.0 MiB'] },
    { line: 'image show tiny-linux', says: ['VERSION', 'stable', 'b'.repeat(16)] },
    { line: 'image show tiny-linux 2', says: ['manifest', 'a'.repeat(64), '1.0 MiB'] },
    { line: 'image tag tiny-linux 2 stable', says: ['tiny-linux version 2 is stable'] },
    { line: 'image untag tiny-linux stable', says: ['no version stable'] },
    { line: 'image rm tiny-linux 1', says: ['version 1 is removed', 'platen image collect'] },
    { line: 'image prune tiny-linux --keep-last 2', says: ['version 2 stays: it is the newest', 'version 1 is removed'] },
    { line: 'image prune tiny-linux --dry-run', says: ['version 1 would go'] },
    { line: 'image collect', says: ['7 chunks removed, 3.0 MiB free'] },
    { line: 'image diff tiny-linux 1 2', says: ['ext', '8.0 KiB', '3 of 50 chunks differ'] },
    { line: 'image diff tiny-linux 2 2', says: ['hold the same'] },
    {
      line: 'image diff tiny-linux 1 2 --files',
      says: ['1 added, 1 removed, 1 changed', '~  etc/hosts', '100 B -> 120 B', 'swap holds no files'],
    },
    { line: 'image diff tiny-linux 1 2 --files --limit 1', says: ['… and 2 more'] },
    { line: 'image export tiny-linux:stable --to /tmp/x', says: ['tiny-linux version 1 is in /tmp/x (bundle, 5.0 MiB)'] },
    { line: 'image export tiny-linux --to x --format qcow2', says: ['tiny-linux version 2 is in x (qcow2'] },
    { line: 'image export tiny-linux --to x --format raw --compress zstd', says: ['is in x (raw, zstd, '] },
    { line: 'image import package.json --name tiny-linux --sector-size 4096 --max-size 2T', says: ['version 3'] },
    { line: 'image import package.json --name tiny-linux', says: ['package.json is tiny-linux version 3'] },
    { line: 'image scrub', says: ['No scrub has ended yet', 'images.scrubDays is 0'] },
    { line: 'image heal', says: ['Nothing to fetch'] },
    { line: 'profile list', says: ['PROFILE', 'tiny-linux', 'c'.repeat(12), 'good'] },
    { line: 'profile check', says: ['tiny-linux: good'] },
  ])('$line', async ({ line, says }) => {
    expect(await cli.run(line)).toBe(0)
    for (const words of says) expect(cli.out.text).toContain(words)
  })

  it.each([
    'node list',
    'node show n-1',
    'node approve n-1',
    'job list',
    `job show ${JOB.id}`,
    'job add build',
    'image list',
    'image show tiny-linux',
    'image show tiny-linux 1',
    'image tag tiny-linux 2 stable',
    'image prune tiny-linux',
    'image collect',
    'image diff tiny-linux 1 2',
    'profile list',
    'profile check',
  ])('%s --json is JSON and nothing else', async (line) => {
    expect(await cli.run(`${line} --json`)).toBe(0)
    expect(() => JSON.parse(cli.out.text)).not.toThrow()
  })

  it.each(COMMANDS.map(({ name }) => name))('%s --help tells its usage', async (name) => {
    expect(await cli.run(`${name} --help`)).toBe(0)
    expect(cli.out.text).toContain(`usage: platen ${name}`)
  })

  it.each(['node list', 'job list', 'profile list'])('%s says what to do when there is nothing', async (line) => {
    cli.api.nodesNow = []
    cli.api.jobLooks = []
    cli.api.profilesNow = []
    expect(await cli.run(line)).toBe(0)
    expect(cli.out.text).toMatch(/^No /)
  })
})

describe('what commands refuse', () => {
  it.each([
    { line: 'class roll-out lab --to tiny-linux', code: 'CLI_USAGE', says: 'IMAGE@VERSION' },
    { line: 'class roll-out lab', code: 'CLI_USAGE', says: '--package NAME@RANGE' },
    { line: 'class roll-out lab --to tiny-linux@2 --health /nope', code: 'CLI_USAGE', says: 'ENOENT' },
    { line: 'node set n-1', code: 'CLI_USAGE', says: 'or --none' },
    { line: 'node set n-1 --image Debian', code: 'CLI_USAGE', says: 'NAME@VERSION' },
    { line: 'node set n-1 --enforce sometimes --image a', code: 'CLI_USAGE', says: 'at-first-boot' },
    { line: 'node set n-1 --boot-build two', code: 'CLI_USAGE', says: '--boot-build is a number' },
    { line: 'node show', code: 'CLI_USAGE', says: 'node show takes <node>' },
    { line: 'node list all', code: 'CLI_USAGE', says: 'no words after it' },
    { line: 'node list --jsno', code: 'CLI_USAGE', says: 'did you mean --json?' },
    { line: 'node show rack9', code: 'NODE_NOT_FOUND', says: 'no node "rack9"' },
    { line: 'job add destroy', code: 'CLI_USAGE', says: 'build, capture, deploy, heal, try, packages, not "destroy"' },
    { line: 'job add deploy --version two', code: 'CLI_USAGE', says: '--version takes a whole number' },
    { line: 'job add build --var version', code: 'CLI_USAGE', says: '--var takes NAME=TEXT' },
    { line: 'job add build --when-done dance', code: 'CLI_USAGE', says: 'reboot, stay, power-off' },
    { line: 'node edit n-1', code: 'CLI_USAGE', says: 'changes nothing' },
    { line: 'node edit n-1 --local-boot floppy', code: 'CLI_USAGE', says: 'exit, sanboot, bootnext or auto' },
    { line: 'class set lab', code: 'CLI_USAGE', says: 'at least one rule' },
    { line: 'class deploy lab --image a', code: 'CLI_USAGE', says: 'needs --nodes' },
    { line: 'hook set chat /nothing/here', code: 'CLI_USAGE', says: 'cannot be read' },
    { line: 'rule add --expected /nothing/here', code: 'CLI_USAGE', says: 'cannot be read' },
    { line: 'image show other', code: 'IMAGE_NOT_FOUND', says: 'no image "other"' },
    { line: 'image show tiny-linux two', code: 'CLI_USAGE', says: '<version> is a whole number, not "two"' },
    { line: 'image rm tiny-linux v1', code: 'CLI_USAGE', says: 'platen image rm --help' },
    { line: 'image diff tiny-linux 1 latest', code: 'CLI_USAGE', says: '<to> is a whole number' },
    { line: 'image show tiny-linux 9', code: 'IMAGE_VERSION_NOT_FOUND', says: 'no version 9' },
    { line: 'image export tiny-linux', code: 'CLI_USAGE', says: 'needs --to FILE' },
    {
      line: 'image export tiny-linux --to x --format iso',
      code: 'CLI_USAGE',
      says: 'bundle, raw, qcow2, vmdk, vhd, vhdx, vdi, not "iso"',
    },
    { line: 'image export tiny-linux --to x --format raw --compress rar', code: 'CLI_USAGE', says: 'zstd, gzip, xz, not "rar"' },
    { line: 'image export tiny-linux --to x --compress xz', code: 'CLI_USAGE', says: 'a bundle is packed already' },
    { line: 'image import package.json --name a --sector-size 520', code: 'CLI_USAGE', says: '512, 4096, not "520"' },
    { line: 'image import package.json --name a --max-size much', code: 'CLI_USAGE', says: 'such as 500G or 2T, not "much"' },
    { line: 'image export tiny-linux@9 --to x', code: 'IMAGE_VERSION_NOT_FOUND', says: 'no version 9' },
    { line: 'image export tiny-linux:old --to x', code: 'IMAGE_VERSION_NOT_FOUND', says: 'tagged "old"' },
    { line: 'image import /nothing/here --name a', code: 'CLI_USAGE', says: 'no such file' },
    { line: 'profile check other', code: 'PROFILE_NOT_FOUND', says: 'no profile "other"' },
  ] as const)('$line: $code', async ({ line, code, says }) => {
    expect(await cli.run(line)).toBe(ERROR_CODES[code].exit)
    expect(cli.out.errorText).toContain(`${code}: `)
    expect(cli.out.errorText).toContain(says)
    expect(cli.out.text).toBe('')
  })

  it.each([
    { line: 'nod list', hint: 'Did you mean `platen node list`?' },
    { line: 'job', hint: 'There are: job add, job import, job list' },
    { line: 'job ad', hint: 'Did you mean `platen job add`?' },
    { line: 'xyzzy', hint: '`platen --help` lists all commands.' },
  ])('$line is no command', ({ line, hint }) => {
    expect(() => findCommand(COMMANDS, line.split(' '))).toThrowError(
      expect.objectContaining({ hint: expect.stringContaining(hint) }),
    )
  })

  it('passes on a fault of ours untouched', async () => {
    cli.api.nodes = async () => {
      throw new TypeError('a bug')
    }
    await expect(cli.run('node list')).rejects.toThrow('a bug')
  })
})

describe('commands that change something', () => {
  it.each([
    {
      line: 'node approve n-1 --name rack1-08',
      asks: ['n-1', { name: 'rack1-08', state: 'approved' }],
      says: 'rack1-08 is approved',
    },
    {
      line: 'node edit n-1 --tag a --tag b --location hall --config-type x86',
      asks: ['n-1', { tags: ['a', 'b'], location: 'hall', configTypes: ['x86'] }],
      says: 'a, b',
    },
    {
      line: 'node edit n-1 --local-boot bootnext --json',
      asks: ['n-1', { localBoot: 'boot-next' }],
      says: '"localBoot": "boot-next"',
    },
    { line: 'node rename n-1 rack1-09', asks: ['n-1', { name: 'rack1-09' }], says: 'n-1 is now rack1-09' },
    { line: 'node hold n-1 --reason fan', asks: ['n-1', { state: 'held', holdReason: 'fan' }], says: 'rack1-07 is held' },
    { line: 'node release n-1', asks: ['n-1', { state: 'approved' }], says: 'rack1-07 is approved' },
    { line: 'node reclaim n-1', asks: ['n-1', { state: 'held', holdReason: 'by an operator' }], says: 'rack1-07 is held' },
    { line: 'node retire n-1', asks: ['n-1', { state: 'retired' }], says: 'rack1-07 is retired' },
    {
      line: 'class set lab --tag lab --min-memory-mib 1024 --max-running 2 --personalise',
      asks: ['lab', { selector: { tags: ['lab'], minMemoryBytes: 1024 ** 3 }, maxRunning: 2, personalise: {} }],
      says: 'memory from 1.0 GiB',
    },
    {
      line: 'class set lab --tag lab --image x64=tiny-linux@2 --image arm64=tiny-arm:stable --package agent@^2 --feature web --enforce at-boot',
      asks: [
        'lab',
        {
          selector: { tags: ['lab'] },
          runs: [
            { architecture: 'x64', image: 'tiny-linux', version: 2 },
            { architecture: 'arm64', image: 'tiny-arm', tag: 'stable' },
          ],
          packages: [{ name: 'agent', range: '^2' }],
          features: ['web'],
          enforce: 'at-boot',
        },
      ],
      says: 'at-boot',
    },
    { line: 'node set n-1 --none', asks: ['n-1', {}], says: 'at its next boot' },
    { line: 'node roll-back n-1 --to 1', asks: ['n-1', { to: 1 }], says: '1 machine moves, at most 1.0 MiB travel' },
    { line: 'roll-out pause r-1', asks: ['r-1', 'pause'], says: 'paused' },
    {
      line: 'class roll-out lab --to tiny-linux@2 --canary 2 --then 10% --max-failures 1 --settle-seconds 60 --restart',
      asks: [
        'lab',
        { image: 'tiny-linux', version: 2, canary: 2, ringSize: '10%', maxFailures: 1, settleSeconds: 60, restart: true },
      ],
      says: 'its system says so within 300 s',
    },
    {
      line: 'class roll-out lab --package agent@^2 --package lib',
      asks: ['lab', { packages: [{ name: 'agent', range: '^2' }, { name: 'lib' }] }],
      says: 'its system says so within 300 s',
    },
    { line: 'class roll-back lab --nodes 1', asks: ['lab', { nodes: 1 }], says: '1 jobs are queued' },
    {
      line: 'image set tiny-linux 2 --architecture arm64 --firmware uefi --provides web',
      asks: ['tiny-linux 2', { architecture: 'arm64', firmware: ['uefi'], features: ['web'] }],
      says: 'starts on arm64 by uefi; provides web',
    },
    {
      line: 'class deploy lab --image tiny-linux --version 2 --nodes 12',
      asks: ['lab', { image: 'tiny-linux', version: 2, nodes: 12 }],
      says: 'rack1-07',
    },
    { line: 'class remove lab', asks: ['lab', 'remove'], says: 'class lab is gone' },
    {
      line: 'rule add --mac-prefix 52:54:00 --name-pattern r{nn} --limit 4',
      asks: ['rule', { macPrefixes: ['52:54:00'], namePattern: 'r{nn}', limit: 4 }],
      says: 'rule r-1 holds',
    },
    { line: 'rule remove r-1', asks: ['r-1', 'remove'], says: 'rule r-1 is gone' },
    { line: 'hook remove chat', asks: ['chat', 'remove'], says: 'hook chat is gone' },
    { line: 'job hold j-1 --reason wait', asks: ['j-1', { reason: 'wait' }], says: 'is held' },
    { line: 'job resume j-1', asks: ['j-1', 'resume'], says: 'is queued' },
    { line: 'job move j-1 --before j-2', asks: ['j-1', { before: 'j-2' }], says: 'before j-2' },
  ])('$line', async ({ line, asks, says }) => {
    expect(await cli.run(line)).toBe(0)
    expect(cli.api.asked).toEqual([asks])
    expect(cli.out.text).toContain(says)
  })
})

describe('doctor', () => {
  it('is content when nothing is wrong', async () => {
    expect(await cli.run('doctor')).toBe(0)
    expect(cli.out.text).toBe('ok  boot OS  there for x64')
  })

  it('puts problems first, each with what to do, and does not end well', async () => {
    const problem = { severity: 'problem' as const, subject: 'br0', seen: 'another server answers', advice: 'Switch it off.' }
    cli.api.findings = [...cli.api.findings, problem]
    expect(await cli.run('doctor')).toBe(ERROR_CODES.CLI_PROBLEMS_FOUND.exit)
    expect(cli.out.text.split('\n')).toEqual([
      'PROBLEM  br0      another server answers',
      '                  -> Switch it off.',
      'ok       boot OS  there for x64',
    ])
  })
})

describe('profile check', () => {
  it('prints file, line and reason, and does not end well', async () => {
    cli.api.profilesNow = [{ ...PROFILE, problems: [{ file: 'profile.yaml', line: 7, reason: 'unknown key "sizeMB"' }] }]
    expect(await cli.run('profile check tiny-linux')).toBe(ERROR_CODES.PROFILE_INVALID.exit)
    expect(cli.out.text).toBe('tiny-linux: profile.yaml:7: unknown key "sizeMB"')
  })
})

it('keeps a node that is at work apart from one that waits', async () => {
  cli.api.nodesNow = [{ ...NODE, state: 'approved', runningJobId: JOB.id }]
  await cli.run('node list')
  expect(cli.out.text).toContain('at work')
})
