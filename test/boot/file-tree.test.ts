import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { CpioEntry } from '../../boot/cpio.ts'
import { directory, file, readTree, withParents, writeTree } from '../../boot/file-tree.ts'

const folder = mkdtempSync(join(tmpdir(), 'platen-file-tree-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const TREE: CpioEntry[] = withParents([
  directory('empty'),
  file('usr/bin/program', '#!/bin/sh', true),
  file('usr/share/text', 'words'),
  { kind: 'symlink', path: 'bin', target: 'usr/bin' },
])

it('what is written is read again, whatever the umask', async () => {
  const umask = process.umask(0o077)
  try {
    await writeTree(TREE, folder)
  } finally {
    process.umask(umask)
  }
  expect(await readTree(folder)).toEqual(TREE)
  expect(statSync(join(folder, 'usr/bin/program')).mode & 0o777).toBe(0o755)
  for (const path of ['', 'empty']) expect(statSync(join(folder, path)).mode & 0o777).toBe(0o755)
})

it('refuses a device, which only root could make', async () => {
  const device: CpioEntry = { kind: 'character-device', path: 'console', mode: 0o600, major: 5, minor: 1 }
  await expect(writeTree([device], folder)).rejects.toThrow('console')
})
