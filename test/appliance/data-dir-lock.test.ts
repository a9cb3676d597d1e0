import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lockDataDir } from '../../src/appliance/data-dir-lock.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'platen-lock-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

it('lets one in, and the next one when the first has left', async () => {
  const unlock = await lockDataDir(dir)
  await expect(lockDataDir(dir)).rejects.toMatchObject({
    code: 'APPLIANCE_ALREADY_RUNNING',
    message: `process ${process.pid} works on ${dir}`,
  })
  await unlock()
  await (await lockDataDir(dir))()
  expect(readdirSync(dir)).toEqual([])
})

it('makes the folder, however deep it lies', async () => {
  const deep = join(dir, ...Array.from({ length: 20 }, () => 'a-folder-name'))
  await (await lockDataDir(deep))()
  expect(readdirSync(deep)).toEqual([])
})

it('takes over what a killed process left behind', async () => {
  leaveSocketBehind(join(dir, 'appliance.sock'))
  expect(readdirSync(dir)).toEqual(['appliance.sock'])
  await (await lockDataDir(dir))()
})

it('does not hide that the folder cannot be used', async () => {
  mkdirSync(join(dir, 'appliance.sock'))
  await expect(lockDataDir(dir)).rejects.toThrow()
})

/** A server that is killed cannot remove its socket. */
function leaveSocketBehind(path: string): void {
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  try {
    execFileSync(process.execPath, ['-e', script], { stdio: 'ignore' })
  } catch {
    // killed, as intended
  }
}
