// The appliance as people start it: a process that is told to stop, and one that is killed.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ApplianceProgram } from '../fakes/appliance-program.ts'

const BARE_PROFILE = `
name: bare
architecture: x64
format: { partitions: [{ name: root, type: linux, filesystem: ext4 }] }
capture: { image: bare }
`

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'platen-process-'))
  mkdirSync(join(dir, 'profiles', 'bare'), { recursive: true })
  writeFileSync(join(dir, 'profiles', 'bare', 'profile.yaml'), BARE_PROFILE)
})
afterEach(() => rmSync(dir, { recursive: true }))

function ask({ url, token }: ApplianceProgram, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return fetch(`${url}/api/v1${path}`, { ...init, headers })
}

describe('platen serve', { timeout: 60_000 }, () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends with status 0 on %s', async (signal) => {
    await using program = await ApplianceProgram.start(dir)
    expect(await program.end(signal)).toEqual([0, null])
  })

  it('has every job that it acknowledged after kill -9', async () => {
    await using program = await ApplianceProgram.start(dir)
    const body = JSON.stringify({ kind: 'build', profile: 'bare' })
    const posted = await ask(program, '/jobs', { method: 'POST', body })
    expect(posted.status).toBe(201)
    const before = await (await ask(program, '/jobs')).json()
    await program.kill()

    await program.restart()
    expect(await (await ask(program, '/jobs')).json()).toEqual(before)
    expect(await program.end()).toEqual([0, null])
  })
})
