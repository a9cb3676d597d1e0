import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { CpioEntry } from '../../boot/cpio.ts'
import { neededLibraries } from '../../boot/elf.ts'
import { keepNeededLibraries } from '../../boot/shared-libraries.ts'

const program: CpioEntry = { kind: 'file', path: 'usr/bin/node', mode: 0o755, content: readFileSync(process.execPath) }
const library = (name: string): CpioEntry => ({
  kind: 'file',
  path: `usr/lib/${name}`,
  mode: 0o644,
  content: Buffer.from('not linked'),
})
const needed = neededLibraries(readFileSync(process.execPath)).sort()

it('drops a library that nothing is linked with, and keeps the others', () => {
  const kept = keepNeededLibraries([program, ...needed.map(library), library('libunused.so.1'), library('libnss_dns.so.2')])
  expect(kept.map(({ path }) => path)).toEqual(
    [...needed.map((name) => `usr/lib/${name}`), 'usr/bin/node', 'usr/lib/libnss_dns.so.2'].sort(),
  )
})

it('follows the link under whose name a program asks', () => {
  const [first = '', ...others] = needed
  const link: CpioEntry = { kind: 'symlink', path: `usr/lib/${first}`, target: `${first}.0.1` }
  const kept = keepNeededLibraries([program, link, library(`${first}.0.1`), ...others.map(library)])
  expect(kept.map(({ path }) => path)).toContain(`usr/lib/${first}.0.1`)
})

it('keeps a link that has the name of the file in another folder', () => {
  const [first = ''] = needed
  const link: CpioEntry = { kind: 'symlink', path: `usr/lib/other/${first}`, target: `../${first}` }
  expect(keepNeededLibraries([program, ...needed.map(library), link])).toContain(link)
  expect(keepNeededLibraries([program, link, ...needed.map(library)])).toContain(link)
})

it('names who lacks what', () => {
  expect(() => keepNeededLibraries(needed.slice(1).map(library), [program])).toThrowError(`usr/bin/node needs ${needed[0]}`)
})
