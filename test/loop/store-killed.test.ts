// kill -9 of the image side of an appliance at random moments; test/loop-long does it two hundred times to a whole one.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { type Killable, killAgainAndAgain } from '../suites/killed-store-suite.ts'

const ROUNDS = 10
const PROGRAM = join(import.meta.dirname, '../fakes/image-appliance-process.ts')

it(`no version is broken or lost in ${ROUNDS} deaths`, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'platen-killed-'))
  const start = async (): Promise<Killable> => {
    const child = spawn(process.execPath, [PROGRAM, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    return {
      url,
      token: 'token',
      async kill() {
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
      },
    }
  }
  try {
    const { acknowledged } = await killAgainAndAgain({ rounds: ROUNDS, dataDir, start, mostMs: 300 })
    expect(acknowledged).toBeGreaterThan(ROUNDS)
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
})
