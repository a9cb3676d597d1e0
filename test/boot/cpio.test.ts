import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byPath, type CpioEntry, encodeCpio } from '../../boot/cpio.ts'

const encode = (entries: readonly CpioEntry[]) => Buffer.concat([...encodeCpio(entries)])
const list = (archive: Buffer, ...flags: string[]) =>
  execFileSync('cpio', ['--quiet', '-it', ...flags], { input: archive }).toString()

const TREE: readonly CpioEntry[] = [
  { kind: 'directory', path: 'bin', mode: 0o755 },
  { kind: 'file', path: 'bin/tool', mode: 0o4755, content: Buffer.from('#!/bin/sh\n') },
  { kind: 'directory', path: 'dev', mode: 0o755 },
  { kind: 'character-device', path: 'dev/console', mode: 0o600, major: 5, minor: 1 },
  { kind: 'symlink', path: 'sh', target: 'bin/tool' },
]

describe('encodeCpio', () => {
  it('is read by cpio, entry by entry', () => {
    expect(list(encode(TREE)).trim().split('\n')).toEqual(TREE.map(({ path }) => path))
  })

  it('writes kinds, modes and targets that cpio shows, without setuid bits', () => {
    const lines = list(encode(TREE), '-v', '--numeric-uid-gid').trim().split('\n')
    expect(lines.map((line) => line.split(/\s+/)[0])).toEqual([
      'drwxr-xr-x',
      '-rwxr-xr-x',
      'drwxr-xr-x',
      'crw-------',
      'lrwxrwxrwx',
    ])
    expect(lines.every((line) => /\s0\s+0\s/.test(line))).toBe(true)
    expect(lines[3]).toMatch(/5, +1/)
    expect(lines[4]).toMatch(/sh -> bin\/tool$/)
  })

  it('gives equal bytes for equal entries', () => {
    expect(encode(TREE).equals(encode(structuredClone(TREE) as CpioEntry[]))).toBe(true)
  })

  it('gives back any content, whatever its length', () => {
    const content = fc.uint8Array({ maxLength: 40 })
    fc.assert(
      fc.property(content, content, (first, second) => {
        const archive = encode([
          { kind: 'file', path: 'a', mode: 0o644, content: first },
          { kind: 'file', path: 'b', mode: 0o644, content: second },
        ])
        const back = execFileSync('cpio', ['--quiet', '-i', '--to-stdout'], { input: archive })
        expect(back.equals(Buffer.concat([first, second]))).toBe(true)
      }),
      { numRuns: 25 },
    )
  })
})

describe('byPath', () => {
  it('puts a folder before what is in it', () => {
    const paths = ['usr/lib', 'usr-local', 'usr', 'usr/lib/a', 'Usr'].map((path) => ({ path }))
    expect(paths.sort(byPath).map(({ path }) => path)).toEqual(['Usr', 'usr', 'usr-local', 'usr/lib', 'usr/lib/a'])
  })
})
