// boot.yaml: what it says, and every mistake in it with its line.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadBootAdditions } from '../../../src/library/boot-build/load-additions.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platen-additions-'))
  writeFileSync(join(folder, 'hello.sh'), '#!/bin/sh\n')
  mkdirSync(join(folder, 'inner'))
  writeFileSync(join(folder, 'secret'), 'x')
  symlinkSync('/etc/hostname', join(folder, 'link'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const load = (yaml: string) => {
  writeFileSync(join(folder, 'boot.yaml'), yaml)
  return loadBootAdditions(folder)
}

it('gives packages, modules, and files with their bytes', async () => {
  chmodSync(join(folder, 'hello.sh'), 0o600)
  const loaded = await load(`
name: storage-cards
description: for the machines with the old cards
architectures: [x64]
packages: [firmware-qlogic]
modules: [bonding, drivers/infiniband/]
files:
  - { file: hello.sh, to: /usr/bin/hello, mode: "0755" }
  - { file: hello.sh, to: /etc/hello }
`)
  expect(loaded).toEqual({
    kind: 'good',
    additions: {
      name: 'storage-cards',
      description: 'for the machines with the old cards',
      architectures: ['x64'],
      packages: ['firmware-qlogic'],
      modules: ['bonding', 'drivers/infiniband/'],
      files: [
        { path: 'usr/bin/hello', content: Buffer.from('#!/bin/sh\n'), isProgram: true },
        { path: 'etc/hello', content: Buffer.from('#!/bin/sh\n'), isProgram: false },
      ],
      lockPath: join(folder, 'boot.lock.json'),
    },
  })
})

const fileTo = (to: string, file = 'hello.sh') => `name: a\nfiles:\n  - { file: ${file}, to: ${to} }\n`

it.each<{ name: string; yaml: string; line?: number; says: RegExp }>([
  { name: 'no YAML', yaml: 'name: [a', line: 1, says: /./ },
  { name: 'an unknown key', yaml: 'name: a\nmodule: [x]\n', line: 2, says: /did you mean "modules"/ },
  { name: 'no name', yaml: 'modules: [bonding]\n', line: 1, says: /"name" is missing/ },
  { name: 'nothing added', yaml: 'name: a\n', line: 1, says: /nothing is added/ },
  { name: 'no package name', yaml: 'name: a\npackages:\n  - good\n  - "a b"\n', line: 4, says: /pattern/ },
  { name: 'a module that climbs', yaml: 'name: a\nmodules: [../../x]\n', line: 2, says: /pattern/ },
  { name: 'a file that is not there', yaml: fileTo('/etc/x', 'none'), line: 3, says: /none is not there/ },
  { name: 'a file outside', yaml: fileTo('/etc/x', '../x'), line: 3, says: /leads out/ },
  { name: 'a link', yaml: fileTo('/etc/x', 'link'), line: 3, says: /is a link/ },
  { name: 'a folder', yaml: fileTo('/etc/x', 'inner'), line: 3, says: /not a regular file/ },
  { name: 'a place outside', yaml: fileTo('/etc/../x'), line: 3, says: /no plain path/ },
  { name: 'a place that is mounted over', yaml: fileTo('/run/x'), line: 3, says: /made when the machine starts/ },
  { name: 'a folder as place', yaml: fileTo('/etc/'), line: 3, says: /pattern/ },
  {
    name: 'one place twice',
    yaml: `${fileTo('/etc/x')}  - { file: secret, to: /etc/x }\n`,
    line: 4,
    says: /a file before it goes/,
  },
  { name: 'a file in a file', yaml: `${fileTo('/etc/x')}  - { file: secret, to: /etc/x/y }\n`, line: 3, says: /is a folder to/ },
])('tells $name', async ({ yaml, line, says }) => {
  const loaded = await load(yaml)
  expect(loaded.kind).toBe('bad')
  const [problem] = loaded.kind === 'bad' ? loaded.problems : []
  expect(problem).toMatchObject({ line, reason: expect.stringMatching(says) })
})
