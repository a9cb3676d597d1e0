// platen package …: what is asked, what is printed; and a folder sent to a real appliance.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Appliance } from '../../src/appliance/wire.ts'
import { createApiClient } from '../../src/cli/api-client.ts'
import { CommandLine } from '../fakes/command-line.ts'
import { smallAppliance } from '../fakes/small-appliance.ts'

let cli: CommandLine
beforeEach(() => {
  cli = new CommandLine()
})

describe('package', () => {
  it.each<{ line: string; prints: RegExp; asked?: unknown }>([
    { line: 'package list', prints: /agent +2\.1\.0 +folder +all +2\.0 MiB[\s\S]*bad is no package: line 2: unknown key "nme"/ },
    { line: 'package show agent', prints: /requires +lib \(>=2\) or other[\s\S]*features +monitoring/ },
    { line: 'package add ./agent', prints: /agent 2\.1\.0 is kept/, asked: ['./agent', 'add'] },
    { line: 'package rm agent@1:2.1-1', prints: /agent 1:2\.1-1 is removed/, asked: ['agent', '1:2.1-1'] },
    {
      line: 'package resolve --package agent@^2 --package lib --feature web --architecture arm64',
      prints: /^$/,
      asked: [
        'resolve',
        { packages: [{ name: 'agent', range: '^2' }, { name: 'lib' }], features: ['web'], architecture: 'arm64' },
      ],
    },
  ])('$line', async ({ line, prints, asked }) => {
    expect(await cli.run(line)).toBe(0)
    expect(cli.out.printed.join('\n')).toMatch(prints)
    if (asked !== undefined) expect(cli.api.asked).toEqual([asked])
  })

  it('package resolve tells what stands against it', async () => {
    cli.api.resolutionNow = {
      kind: 'refused',
      code: 'PACKAGES_CONFLICT',
      reasons: ['agent is wanted: there is no package agent here'],
    }
    expect(await cli.run('package resolve --package agent')).not.toBe(0)
    expect(cli.out.errors.join('\n')).toMatch(/there is no package agent here/)
  })

  it.each(['package rm agent', 'package resolve --architecture vax'])('%s is a mistake', async (line) => {
    expect(await cli.run(line)).toBe(64)
  })
})

describe('over HTTP', () => {
  let dir: string
  let appliance: Appliance
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'platen-package-'))
    appliance = await smallAppliance(dir)
    await appliance.start()
  })
  afterAll(async () => {
    await appliance.stop()
    rmSync(dir, { recursive: true })
  })

  it('a folder with folders in it arrives as it is', async () => {
    const folder = join(dir, 'own')
    const inner = 'a-folder-with-a-long-name/'.repeat(5)
    mkdirSync(join(folder, inner), { recursive: true })
    writeFileSync(join(folder, inner, 'tool'), 'x'.repeat(1_500_000))
    writeFileSync(join(folder, 'package.yaml'), `name: own\nversion: 1.0.0\nfiles: [{ file: ${inner}tool, to: /usr/bin/tool }]\n`)
    const { port } = appliance.app.server.address() as { port: number }
    const api = createApiClient({
      url: `http://127.0.0.1:${port}`,
      tokenFile: join(dir, 'secrets', 'operator-token'),
      signal: new AbortController().signal,
    })
    expect(await api.addPackage(folder)).toMatchObject({ name: 'own', version: '1.0.0', sizeBytes: 1_500_000 })
    expect((await api.package('own')).versions).toHaveLength(1)
    await expect(api.addPackage(join(folder, inner))).rejects.toMatchObject({ code: 'PACKAGE_INVALID' })
    await expect(api.addPackage(join(dir, 'nowhere'))).rejects.toMatchObject({ code: 'CLI_USAGE' })
    await api.removePackage('own', '1.0.0')
    await expect(api.package('own')).rejects.toMatchObject({ code: 'PACKAGE_NOT_FOUND' })
  })
})
