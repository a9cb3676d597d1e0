// platen run, wipe and check: what they ask of the appliance, and what they refuse to ask.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../../src/contract/errors.ts'
import { CommandLine } from '../fakes/command-line.ts'
import { NODE } from '../fakes/operator-views.ts'

const USAGE = ERROR_CODES.CLI_USAGE.exit

let cli: CommandLine
let folder: string
beforeEach(() => {
  cli = new CommandLine()
  folder = mkdtempSync(join(tmpdir(), 'platen-cli-run-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('run', () => {
  it('brings a script and posts one job for each machine', async () => {
    writeFileSync(join(folder, 'look.sh'), 'echo')
    expect(await cli.run(`run n-1 n-2 ${folder}/look.sh --in-root --timeout 60 --var a=b --when-done stay`)).toBe(0)
    const run = {
      files: [{ path: 'look.sh', isScript: true, digest: expect.stringMatching(/^[0-9a-f]{64}$/) }],
      inRoot: true,
      timeoutSeconds: 60,
    }
    const job = { kind: 'run', run, variables: { a: 'b' }, whenDone: 'stay' }
    expect(cli.api.added).toEqual([
      { ...job, node: 'n-1' },
      { ...job, node: 'n-2' },
    ])
  })

  it('takes of a folder what is executable or begins with #! as scripts, in order, and all else beside them', async () => {
    mkdirSync(join(folder, 'data'))
    for (const [name, text] of Object.entries({
      '20.py': '#!/usr/bin/python3',
      '10': 'plain',
      'notes.txt': 'x',
      'data/tool.sh': '#!/bin/sh',
      '.git': 'x',
    }))
      writeFileSync(join(folder, name), text)
    chmodSync(join(folder, '10'), 0o755)
    expect(await cli.run(`run n-1 ${folder}`)).toBe(0)
    const [job] = cli.api.added as { run: { files: { path: string; isScript: boolean }[] } }[]
    expect(job!.run.files.map(({ path, isScript }) => `${path} ${isScript}`)).toEqual([
      '10 true',
      '20.py true',
      'data/tool.sh false',
      'notes.txt false',
    ])
  })

  it.each([
    ['a file that is not there', () => {}, 'run n-1 FOLDER/none'],
    ['a folder without a script', () => writeFileSync(join(folder, 'x'), 'x'), 'run n-1 FOLDER'],
    ['a name that is none', () => writeFileSync(join(folder, 'a b.sh'), '#!'), 'run n-1 FOLDER'],
    ['a link', () => symlinkSync('/etc/passwd', join(folder, 'a.sh')), 'run n-1 FOLDER'],
    ['no machine', () => writeFileSync(join(folder, 'x'), '#!'), 'run FOLDER/x'],
    ['a class without a count', () => writeFileSync(join(folder, 'x'), '#!'), 'run --class lab FOLDER/x'],
    ['another count than it hits', () => writeFileSync(join(folder, 'x'), '#!'), 'run --class lab --nodes 99 FOLDER/x'],
  ])('refuses %s', async (_, prepare, line) => {
    prepare()
    expect(await cli.run(line.replace('FOLDER', folder))).toBe(USAGE)
    expect(cli.api.added).toEqual([])
  })
})

describe('wipe', () => {
  const disk = NODE.inventory.disks[0]!

  it('says what would be erased, and posts nothing without consent', async () => {
    expect(await cli.run(`wipe n-1 --disk ${disk.serial}`)).toBe(0)
    expect(cli.api.added).toEqual([])
    expect(cli.out.text).toMatch(new RegExp(`would be erased for ever:\\n.*${disk.serial}`))
  })

  it('names the disk by all that it is known by, and switches the machine off', async () => {
    expect(await cli.run(`wipe n-1 --disk ${disk.serial} --method overwrite --erase-foreign-data`)).toBe(0)
    expect(cli.api.added).toMatchObject([
      {
        kind: 'wipe',
        node: NODE.name,
        disk: { serial: disk.serial },
        wipe: { method: 'overwrite' },
        eraseForeignData: true,
        whenDone: 'power-off',
      },
    ])
  })

  it.each([
    'wipe n-1',
    'wipe n-1 --disk NONE --erase-foreign-data',
    `wipe n-1 --disk ${disk.serial} --method magic --erase-foreign-data`,
  ])('refuses %s', async (line) => {
    expect(await cli.run(line)).toBe(USAGE)
    expect(cli.api.added).toEqual([])
  })

  it('verifies a certificate', async () => {
    const file = join(folder, 'c.json')
    const certificate = {
      kind: 'platen-wipe-certificate',
      jobId: 'j-1',
      node: { id: 'n', name: 'rack1' },
      disk: { serial: 'A1', sizeBytes: 1 },
      method: 'discard',
      startedAt: '2026-01-01T00:00:00.000Z',
      endedAt: '2026-01-01T00:00:00.000Z',
      signedAt: '2026-01-01T00:00:00.000Z',
      samples: { count: 16, bytesEach: 1, seed: 's', found: 'zeros' },
    }
    const write = (signature: string) => writeFileSync(file, JSON.stringify({ certificate, keyId: 'a'.repeat(16), signature }))
    write('s'.repeat(86))
    expect(await cli.run(`wipe verify ${file}`)).toBe(0)
    expect(cli.out.text).toMatch(/genuine: disk A1 of rack1 was wiped by discard/)
    write('x'.repeat(86))
    expect(await cli.run(`wipe verify ${file}`)).toBe(ERROR_CODES.CLI_CERTIFICATE_NOT_GENUINE.exit)
    writeFileSync(file, '{}')
    expect(await cli.run(`wipe verify ${file}`)).toBe(ERROR_CODES.CLI_CERTIFICATE_NOT_GENUINE.exit)
  })
})

describe('check', () => {
  it('asks for what was said, in bytes', async () => {
    expect(await cli.run('check n-1 --item memory --item network --memory-seconds 5 --min-down 80 --max-used 90')).toBe(0)
    expect(cli.api.added).toMatchObject([
      {
        kind: 'check',
        node: 'n-1',
        check: {
          items: ['memory', 'network'],
          memorySeconds: 5,
          thresholds: { minDownBytesPerSecond: 80_000_000, maxUsedPercent: 90 },
        },
      },
    ])
  })

  it.each(['check', 'check n-1 --item hope', 'check n-1 --when-done never'])('refuses %s', async (line) => {
    expect(await cli.run(line)).toBe(USAGE)
  })
})
