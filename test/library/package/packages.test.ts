// Packages as people bring them: dropped into the folder, or sent over HTTP; kept, listed, removed; hostile ones cost themselves alone.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PACKAGE_TYPE, type PackageList, type PackageVersionView } from '../../../src/contract/package.ts'
import { notKept } from '../../../src/library/package/package-retention.ts'
import { debOf, tarOf } from '../../fakes/deb-file.ts'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'

const yaml = (version: string, more = '') => `name: agent\nversion: ${version}\n${more}`
const FULL = yaml('1.0.0', 'files:\n  - { file: agent.bin, to: /usr/bin/agent, mode: "0755" }\ninstall: install.sh\n')

let scene: OrchestratorScene
beforeEach(async () => {
  scene = await OrchestratorScene.open()
})
afterEach(() => scene[Symbol.asyncDispose]())

const drop = (item: string, files: Readonly<Record<string, string | Buffer>>): string => {
  const folder = join(scene.dataDir, 'packages', item)
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}
const look = async () => (await scene.operator<PackageList>('POST', '/packages/check')).body
const names = ({ packages }: PackageList) =>
  packages.flatMap(({ name, versions }) => versions.map(({ version }) => `${name} ${version}`))

async function send(bytes: Buffer) {
  const { statusCode, body } = await scene.app.inject({
    method: 'POST',
    url: '/api/v1/packages',
    headers: { authorization: `Bearer ${scene.operatorToken}`, 'content-type': PACKAGE_TYPE },
    payload: bytes,
  })
  return { status: statusCode, body: JSON.parse(body) as PackageVersionView & { code?: string; message?: string } }
}

describe('the watched folder', () => {
  it('keeps folders and .deb files, newest first, and they are there after a restart and without the folder', async () => {
    drop('one', { 'package.yaml': FULL, 'agent.bin': 'program', 'install.sh': '#!/bin/sh\n' })
    drop('two', { 'package.yaml': yaml('1.10.0') })
    drop('three', { 'package.yaml': yaml('1.2.0') })
    writeFileSync(join(scene.dataDir, 'packages', 'hello_1.deb'), debOf())
    const list = await look()
    expect(names(list)).toEqual(['agent 1.10.0', 'agent 1.2.0', 'agent 1.0.0', 'hello 1:2.10-3'])
    expect(list.problems).toEqual([])
    rmSync(join(scene.dataDir, 'packages'), { recursive: true })
    await scene.killAndBegin()
    expect(names(await look())).toEqual(names(list))
  })

  it('loads what has stopped changing, by the clock', async () => {
    let isAdded = false
    scene.rooms.events.subscribe(() => {
      isAdded = true
    }, ['package.added'])
    drop('one', { 'package.yaml': yaml('1.0.0') })
    while (!isAdded) {
      scene.clock.advance(2000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(names((await scene.operator<PackageList>('GET', '/packages')).body)).toEqual(['agent 1.0.0'])
  })

  it.each<{ name: string; make: (folder: string) => void; reason: RegExp }>([
    { name: 'no YAML', make: (f) => writeFileSync(join(f, 'package.yaml'), 'name: [a'), reason: /./ },
    {
      name: 'an unknown key',
      make: (f) => writeFileSync(join(f, 'package.yaml'), yaml('1.0.0', 'instal: x\n')),
      reason: /did you mean "install"/,
    },
    {
      name: 'no version',
      make: (f) => writeFileSync(join(f, 'package.yaml'), yaml('one')),
      reason: /is no version of semver.org/,
    },
    {
      name: 'a range that is none',
      make: (f) => writeFileSync(join(f, 'package.yaml'), yaml('1.0.0', 'requires: [{ name: b, range: "about 2" }]\n')),
      reason: /is no range/,
    },
    {
      name: 'a file that is not there',
      make: (f) => writeFileSync(join(f, 'package.yaml'), FULL),
      reason: /there is no file agent.bin/,
    },
    {
      name: 'a file that leads out',
      make: (f) => writeFileSync(join(f, 'package.yaml'), yaml('1.0.0', 'install: ../../secrets/operator-token\n')),
      reason: /leads out of the folder/,
    },
    {
      name: 'a file that is a link',
      make: (f) => {
        writeFileSync(join(f, 'package.yaml'), yaml('1.0.0', 'install: x.sh\n'))
        symlinkSync('/etc/passwd', join(f, 'x.sh'))
      },
      reason: /is a link/,
    },
    {
      name: 'a folder in between that is a link',
      make: (f) => {
        writeFileSync(join(f, 'package.yaml'), yaml('1.0.0', 'install: sub/passwd\n'))
        symlinkSync('/etc', join(f, 'sub'))
      },
      reason: /lies outside of the folder/,
    },
    {
      name: 'a pipe',
      make: (f) => {
        writeFileSync(join(f, 'package.yaml'), yaml('1.0.0', 'install: x.sh\n'))
        execFileSync('mkfifo', [join(f, 'x.sh')])
      },
      reason: /is not a regular file/,
    },
    {
      name: 'a text without end',
      make: (f) => {
        writeFileSync(join(f, 'package.yaml'), '')
        truncateSync(join(f, 'package.yaml'), 2 ** 30)
      },
      reason: /are the most/,
    },
  ])('$name costs itself alone', async ({ make, reason }) => {
    make(drop('bad', {}))
    drop('good', { 'package.yaml': yaml('2.0.0') })
    const list = await look()
    expect(names(list)).toEqual(['agent 2.0.0'])
    expect(list.problems.map(({ item }) => item)).toContain('bad')
    expect(list.problems.map((each) => each.reason).join()).toMatch(reason)
  })

  it('links beside each other, damaged .debs and other files are told or left alone', async () => {
    const folder = drop('', { 'notes.txt': 'x', 'bad.deb': 'x' })
    mkdirSync(join(folder, 'on-its-way'))
    symlinkSync('/etc', join(folder, 'link'))
    expect((await look()).problems.map(({ item, reason }) => `${item}: ${reason}`)).toEqual([
      'bad.deb: this .deb does not begin like an ar archive',
      'link: is a link; links are not followed',
    ])
  })

  it('a version never changes, and two of one version are told', async () => {
    drop('one', { 'package.yaml': yaml('1.0.0') })
    drop('two', { 'package.yaml': yaml('1.0.0', 'description: other\n') })
    const list = await look()
    expect(names(list)).toEqual(['agent 1.0.0'])
    expect(list.problems[0]?.reason).toMatch(/agent 1.0.0 is there already, with other content/)
  })

  it('a version that lies there is not removed; taken out, it is', async () => {
    const folder = drop('one', { 'package.yaml': FULL, 'agent.bin': 'program', 'install.sh': '' })
    await look()
    const refused = await scene.operator<{ code: string; message: string }>('DELETE', '/packages/agent/versions/1.0.0')
    expect([refused.status, refused.body.code]).toEqual([409, 'PACKAGE_IN_USE'])
    expect(refused.body.message).toBe('agent 1.0.0 stays: one in the watched folder is this version')
    rmSync(folder, { recursive: true })
    expect((await scene.operator('DELETE', '/packages/agent/versions/1.0.0')).status).toBe(204)
    expect(readdirSync(join(scene.dataDir, 'package-files'))).toEqual([])
    expect((await scene.operator<{ code: string }>('GET', '/packages/agent')).body.code).toBe('PACKAGE_NOT_FOUND')
  })
})

describe('over HTTP', () => {
  it('a .deb and a folder, twice without harm', async () => {
    const folder = tarOf({ 'package.yaml': FULL, 'agent.bin': 'program', 'install.sh': '' })
    expect((await send(debOf())).status).toBe(201)
    expect((await send(debOf())).status).toBe(200)
    const { status, body } = await send(folder)
    expect([status, body.name, body.sizeBytes, body.files.length]).toEqual([201, 'agent', 7, 2])
    expect((await send(folder)).status).toBe(200)
    const file = body.files.find(({ path }) => path === 'agent.bin')!
    const { body: bytes } = await scene.app.inject({
      url: `/api/v1/packages/agent/versions/1.0.0/files/${file.digest}`,
      headers: { authorization: `Bearer ${scene.operatorToken}` },
    })
    expect(bytes).toBe('program')
    expect(readdirSync(join(scene.dataDir, 'package-incoming'))).toEqual([])
  })

  const withType = (type: string, name = 'link') => {
    const bytes = tarOf({ [name]: '' })
    bytes.write(type, 156)
    bytes.write('        ', 148)
    const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0)
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    return bytes
  }
  it.each<[string, Buffer, RegExp]>([
    ['a path out of it', tarOf({ '../../escape': 'x' }), /leads out of the folder/],
    ['a path from the root', tarOf({ '/etc/cron.d/x': 'x' }), /leads out of the folder/],
    ['a long path out of it', tarOf({ [`${'a/'.repeat(60)}${'../'.repeat(62)}x`]: 'x' }), /leads out of the folder/],
    ['a symbolic link', withType('2'), /no regular file/],
    ['a hard link', withType('1'), /no regular file/],
    ['a device', withType('3'), /no regular file/],
    ['two of one name', tarOf({ 'package.yaml': yaml('1.0.0'), './package.yaml': yaml('2.0.0') }), /cannot be beside each other/],
    ['a file and a folder of one name', tarOf({ a: 'x', 'a/b': 'x' }), /cannot be beside each other/],
    ['no tar', Buffer.alloc(2048, 'x'), /damaged/],
    ['nothing', Buffer.alloc(0), /is not there/],
    ['cut off', tarOf({ 'package.yaml': 'x'.repeat(4000) }).subarray(0, 1024), /it ends inside of package.yaml/],
    [
      'too many files',
      tarOf(Object.fromEntries(Array.from({ length: 10_002 }, (_, at) => [`f${at}`, '']))),
      /more than 10000 files/,
    ],
  ])('refuses a folder with %s', async (_name, bytes, reason) => {
    const { status, body } = await send(bytes)
    expect([status, body.code]).toEqual([422, 'PACKAGE_INVALID'])
    expect(body.message).toMatch(reason)
    expect(readdirSync(join(scene.dataDir, 'package-incoming'))).toEqual([])
  })

  it('one order for all versions of a package', async () => {
    await send(tarOf({ 'package.yaml': 'name: hello\nversion: 1.0.0\n' }))
    expect((await send(debOf())).body.message).toMatch(
      /counts in the order debian, the versions that are there in the order semver/,
    )
  })

  it('tells which versions go together', async () => {
    await send(tarOf({ 'package.yaml': yaml('1.0.0', 'requires: [{ name: lib }]\n') }))
    const query = { packages: [{ name: 'agent' }], architecture: 'x64' }
    expect((await scene.operator('POST', '/packages/resolve', query)).body).toMatchObject({
      kind: 'refused',
      reasons: ['agent is wanted: agent 1.0.0 – it needs lib: there is no package lib here'],
    })
    await send(tarOf({ 'package.yaml': 'name: lib\nversion: 3.0.0\n' }))
    expect((await scene.operator('POST', '/packages/resolve', query)).body).toMatchObject({
      kind: 'resolved',
      packages: [{ name: 'lib' }, { name: 'agent' }],
    })
  })

  it('a damaged record costs its own version, and no file goes meanwhile', async () => {
    await send(debOf())
    await send(tarOf({ 'package.yaml': yaml('1.0.0') }))
    const path = join(scene.dataDir, 'package-versions', 'hello', '1:2.10-3.json')
    cpSync(join(scene.dataDir, 'package-versions', 'agent', '1.0.0.json'), path)
    writeFileSync(path, '{"kind":')
    await scene.killAndBegin()
    expect(names(await look())).toEqual(['agent 1.0.0'])
    expect(scene.rooms.diagnose().map(({ subject }) => subject)).toContain('packages')
    expect((await scene.operator('DELETE', '/packages/agent/versions/1.0.0')).status).toBe(204)
    expect(readdirSync(join(scene.dataDir, 'package-files')).length).toBe(1)
  })
})

describe('retention', () => {
  const at = (days: number) => ({
    version: `${days}`,
    addedAt: new Date(Date.UTC(2026, 0, 31) - days * 86_400_000).toISOString(),
  })
  const now = Date.UTC(2026, 0, 31)
  it.each([
    [{ keepLast: 2 }, ['20', '30']],
    [{ keepDays: 15 }, ['20', '30']],
    [{ keepLast: 1, keepDays: 0 }, ['10', '20', '30']],
    [{ keepLast: 9 }, []],
  ])('%o', (policy, gone) => {
    const versions = [at(0), at(10), at(20), at(30)] as PackageVersionView[]
    expect(notKept(versions, policy, now).map(({ version }) => version)).toEqual(gone)
  })
})
