import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeWorkDir } from '../../boot/work-dir.ts'

/** Above the highest process id that Linux gives. */
const DEAD_PROCESS = 2 ** 22 + 1

it('clears up after processes that are gone, and not after those that live', async () => {
  const cacheDir = mkdtempSync(join(tmpdir(), 'platen-work-'))
  mkdirSync(join(cacheDir, `build-${DEAD_PROCESS}-aaaaaa`))
  mkdirSync(join(cacheDir, `build-${process.ppid}-bbbbbb`))
  const workDir = await makeWorkDir(cacheDir)
  expect(readdirSync(cacheDir).sort()).toEqual([`build-${process.ppid}-bbbbbb`, workDir.slice(cacheDir.length + 1)].sort())
  rmSync(cacheDir, { recursive: true })
})
