import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { isElf, neededLibraries, stripElf } from '../../boot/elf.ts'
import { LINUX, needs } from '../needs.ts'

const folder = mkdtempSync(join(tmpdir(), 'platen-elf-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a program of this machine', needs(LINUX), () => {
  const program = readFileSync(process.execPath)

  it('is an ELF file that names its libraries', () => {
    expect(isElf(program)).toBe(true)
    expect(neededLibraries(program)).toContain('libc.so.6')
  })

  it('still runs without its symbols, and strips to itself a second time', () => {
    const stripped = stripElf(program)
    expect(stripped.length).toBeLessThan(program.length)
    expect(stripElf(stripped).equals(stripped)).toBe(true)
    expect(neededLibraries(stripped)).toEqual(neededLibraries(program))
    const path = join(folder, 'program')
    writeFileSync(path, stripped)
    chmodSync(path, 0o755)
    expect(execFileSync(path, ['--eval', 'console.log(6 * 7)']).toString()).toBe('42\n')
  })
})

describe('anything else', () => {
  it.each([Buffer.alloc(0), Buffer.from('#!/bin/sh\n'), Buffer.alloc(200, 0x7f)])('is left as it is', (bytes) => {
    expect(isElf(bytes)).toBe(false)
    expect(stripElf(bytes)).toBe(bytes)
    expect(neededLibraries(bytes)).toEqual([])
  })
})
