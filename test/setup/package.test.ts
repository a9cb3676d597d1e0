// What is packed is the same whenever and by whomever it is packed, and holds nothing whose licence nobody looked at. With a small program: the whole
// one takes minutes (test/loop-long/package.test.ts).
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeArchive, sign, writeChecksums } from '../../setup/package/archive.ts'
import { installedPackages } from '../../setup/package/bill-of-materials.ts'
import { makeDeb } from '../../setup/package/deb.ts'
import { unknownLicences } from '../../setup/package/licences.ts'
import { settle, sourceDateSeconds } from '../../setup/package/program-tree.ts'
import { needs, program } from '../needs.ts'

const EPOCH_SECONDS = 1_780_000_000
const TARGET = { architecture: 'amd64', cpu: 'x64' } as const

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platen-package-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** The same files, as two people on two days have them. */
function treeOf(name: string, { day, mode }: { day: number; mode: number }): string {
  const tree = join(folder, name, 'program')
  mkdirSync(join(tree, 'bin'), { recursive: true, mode: 0o755 })
  for (const [path, text] of [
    ['bin/platen', '#!/bin/sh\n'],
    ['plain.txt', 'text'],
    ['looks-executable.txt', 'text'],
  ] as const) {
    writeFileSync(join(tree, path), text)
    chmodSync(join(tree, path), path === 'plain.txt' ? mode & 0o666 : mode)
    utimesSync(join(tree, path), day, day)
  }
  symlinkSync('bin/platen', join(tree, 'link'))
  return tree
}
const TWO = [
  { name: 'first', day: 1_700_000_000, mode: 0o755 },
  { name: 'second', day: 1_600_000_000, mode: 0o700 },
]

describe('twice the same tree', () => {
  it('gives the same archive', () => {
    const [first, second] = TWO.map(({ name, ...how }) => {
      treeOf(name, how)
      settle(join(folder, name), EPOCH_SECONDS)
      makeArchive(join(folder, name), join(folder, `${name}.tar.gz`))
      return readFileSync(join(folder, `${name}.tar.gz`))
    })
    expect(first!.equals(second!)).toBe(true)
    const listed = execFileSync('tar', ['-tvzf', join(folder, 'first.tar.gz')], { encoding: 'utf8' })
    expect(listed).toMatch(/-rwxr-xr-x 0\/0 .* program\/bin\/platen\n/)
    expect(listed).toMatch(/-rw-r--r-- 0\/0 .* program\/looks-executable\.txt\n/)
  })

  it('gives the same Debian package', { timeout: 120_000, ...needs(program('dpkg-deb')) }, () => {
    const [first, second] = TWO.map(({ name, ...how }) => {
      const workDir = join(folder, `${name}.work`)
      mkdirSync(join(folder, `${name}.out`))
      const order = { target: TARGET, version: '1.2.3', epochSeconds: EPOCH_SECONDS, program: treeOf(name, how), workDir }
      return makeDeb({ ...order, outDir: join(folder, `${name}.out`) })
    })
    expect(readFileSync(first!).equals(readFileSync(second!))).toBe(true)
    const contents = execFileSync('dpkg-deb', ['-c', first!], { encoding: 'utf8' })
    for (const path of [
      'usr/bin/platen -> ../lib/platen/bin/platen',
      'usr/lib/systemd/system/platen.service',
      'usr/lib/systemd/system/platen-netboot@.socket',
      'usr/share/man/man1/platen.1.gz',
      'usr/share/man/man1/platen-node-hold.1.gz',
      'usr/share/bash-completion/completions/platen',
      'usr/share/zsh/vendor-completions/_platen',
      'usr/share/fish/vendor_completions.d/platen.fish',
      'usr/share/doc/platen/copyright',
    ])
      expect(contents).toContain(`./${path}\n`)
    expect(contents.split('\n').filter((line) => line !== '' && !line.includes(' root/root '))).toEqual([])
    expect(execFileSync('dpkg-deb', ['-f', first!, 'Package', 'Version', 'Architecture'], { encoding: 'utf8' })).toBe(
      'Package: platen\nVersion: 1.2.3\nArchitecture: amd64\n',
    )
  })
})

describe('the list of checksums', () => {
  it('is what sha256sum and minisign check', needs(program('minisign')), async () => {
    writeFileSync(join(folder, 'one.deb'), 'content')
    const sums = await writeChecksums(folder)
    const check = () => execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: folder, stdio: 'pipe' })
    check()
    const [key, publicKey] = [join(folder, 'key'), join(folder, 'key.pub')]
    execFileSync('minisign', ['-G', '-W', '-s', key, '-p', publicKey])
    sign(sums, key)
    const verify = () => execFileSync('minisign', ['-V', '-q', '-p', publicKey, '-m', sums], { stdio: 'pipe' })
    verify()
    writeFileSync(join(folder, 'one.deb'), 'another')
    expect(check).toThrow()
    writeFileSync(sums, 'nothing\n')
    expect(verify).toThrow()
  })
})

describe('licences', () => {
  it.each([
    { licence: 'MIT', isKnown: true },
    { licence: '(MIT OR GPL-3.0-only)', isKnown: true },
    { licence: '(MIT AND BSD-3-Clause)', isKnown: true },
    { licence: '(MIT AND GPL-3.0-only)', isKnown: false },
    { licence: 'SEE LICENSE IN License.txt', isKnown: false },
    { licence: 'UNLICENSED', isKnown: false },
    { licence: undefined, isKnown: false },
  ])('$licence is known: $isKnown', ({ licence, isKnown }) => {
    expect(unknownLicences([{ name: 'some', version: '1.0.0', licence }])).toHaveLength(isKnown ? 0 : 1)
  })

  it('of all that is installed here for running it are known', () => {
    const dependencies = Object.entries(
      (
        JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
          packages: Record<string, { dev?: boolean; devOptional?: boolean }>
        }
      ).packages,
    )
    const names = new Set(
      dependencies.filter(([path, { dev }]) => path !== '' && dev !== true).map(([path]) => path.split('node_modules/').at(-1)!),
    )
    expect(unknownLicences(installedPackages('.').filter(({ name }) => names.has(name)))).toEqual([])
  })
})

it('takes the time that it is told', () => {
  expect(sourceDateSeconds({ SOURCE_DATE_EPOCH: '12' })).toBe(12)
  expect(sourceDateSeconds({})).toBeGreaterThan(1_700_000_000)
})

/** What is delivered and runs; the console is built before. */
const RUNS = [
  ...readdirSync('src', { recursive: true, encoding: 'utf8' }).map((path) => `src/${path}`),
  ...readdirSync('boot', { recursive: true, encoding: 'utf8' }).map((path) => `boot/${path}`),
].filter((path) => path.endsWith('.ts') && !/^src\/(console|client\/generator)\//.test(path))

it('runs with the packages that it is delivered with', () => {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
    string,
    Record<string, string>
  >
  const delivered = { ...dependencies, ...optionalDependencies }
  const lacking = RUNS.flatMap((path) =>
    // Types alone are gone when it runs.
    [
      ...readFileSync(path, 'utf8').matchAll(
        /^(?:import|export)(?! type\b)[^'"]*?from '([^.'][^']*)'|import\('([^.'][^']*)'\)|^import '([^.'][^']*)'/gm,
      ),
    ]
      .map(([, from, asked, bare]) => from ?? asked ?? bare ?? '')
      .filter((name) => !name.startsWith('node:'))
      .map((name) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      )
      .filter((name) => delivered[name] === undefined)
      .map((name) => `${path}: ${name}`),
  )
  expect(lacking, 'npm install --save-exact moves a package from devDependencies to dependencies').toEqual([])
})
