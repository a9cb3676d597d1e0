// The root of a very small Linux that has a real dpkg: a few programs of this machine with the libraries that they are linked to.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Need, pathOf, program } from '../needs.ts'

const PROGRAMS = [
  'sh',
  'dpkg',
  'dpkg-deb',
  'dpkg-query',
  'dpkg-split',
  'tar',
  'rm',
  'cat',
  'grep',
  'diff',
  'ldconfig',
  'start-stop-daemon',
]
const FOLDERS = ['etc', 'usr/bin', 'usr/sbin', 'tmp', 'var/lib/dpkg/info', 'var/lib/dpkg/updates', 'root']

export const SMALL_ROOT_NEEDS: readonly Need[] = [...PROGRAMS, 'ldd'].map(program)

export function makeSmallRoot(root: string): void {
  for (const at of FOLDERS) mkdirSync(join(root, at), { recursive: true })
  writeFileSync(join(root, 'etc/os-release'), 'NAME=Small\n')
  writeFileSync(join(root, 'var/lib/dpkg/status'), '')
  for (const name of PROGRAMS) {
    const source = pathOf(name)!
    copyIn(root, source, join('usr/bin', name))
    for (const [, library] of execFileSync('ldd', [source], { encoding: 'utf8' }).matchAll(/(\/\S+\.so\S*)/g))
      copyIn(root, library!, library!)
  }
  execFileSync('ln', ['-s', 'usr/bin', join(root, 'bin')])
}

function copyIn(root: string, source: string, to: string): void {
  mkdirSync(dirname(join(root, to)), { recursive: true })
  execFileSync('cp', ['-L', source, join(root, to)])
}
